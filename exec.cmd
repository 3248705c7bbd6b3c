@rem npm scripts begin with exec, so that on Unix a signal to npm reaches Node and no shell between them. On Windows, exec is this.
@%*
