// The script of a website. serve-script.ts takes the comments out and puts the settings in.
//
// Always: no cookie, no storage and no request before consent (mode "token": views of a page that a link led to, without anything stored);
// nothing of the page breaks because of it; what may be about a person is not sent.
;((w, c) => {
  const d = w.document
  const l = w.location
  const h = w.history
  const stub = w.homing
  if (stub?.v) return
  // A frame of another website, or no web page at all.
  try {
    if (!/^http/.test(l.protocol) || w.top.location.origin !== l.origin) return
  } catch {
    return
  }
  let id
  let token
  let last
  let timer
  let waiting = []
  // Calls before the page is seen.
  let early = stub?.q || []

  // Taken out of the address at once, before other scripts read it, and past those that wrap replaceState.
  const takeToken = () => {
    const strip = (part, sign) => {
      const m = /(^#|[?&])hm=([1-9A-HJ-NP-Za-km-z]{22})(?=&|$)/.exec(part)
      if (!m) return part === sign ? '' : part
      token = token || m[2]
      const rest = part.slice(m.index + m[0].length)
      return strip(m.index ? part.slice(0, m.index) + rest : sign + rest.slice(1), sign)
    }
    const search = strip(l.search, '?')
    const hash = strip(l.hash, '#')
    if (search !== l.search || hash !== l.hash)
      History.prototype.replaceState.call(h, h.state, '', l.pathname + search + hash)
  }

  const random = () =>
    btoa(String.fromCharCode(...w.crypto.getRandomValues(new Uint8Array(16))))
      .replace(/\W/g, 'x')
      .slice(0, 22)

  // A browser that keeps no cookies is a new visitor on each page.
  const cookie = (value, age) => {
    try {
      if (value !== undefined)
        d.cookie = `_hm=${value};path=/;max-age=${age};samesite=lax${l.protocol === 'https:' ? ';secure' : ''}`
      return (/(?:^|; )_hm=([\w-]{22})/.exec(d.cookie) || [])[1]
    } catch {}
  }

  const keep = () => {
    id = cookie() || id || random()
    cookie(id, 15552000)
  }

  // The address as it is sent: path, and the parameters that are allowed or searched in.
  const address = () => {
    const kept = l.search
      .slice(1)
      .split('&')
      .filter(pair => {
        const key = pair.split('=')[0].toLowerCase()
        return /^utm_/.test(key) || c.q.includes(key) || c.s.includes(key)
      })
    return l.origin + l.pathname + (kept[0] ? `?${kept.join('&')}` : '') + (c.h ? l.hash.split('?')[0] : '')
  }

  const put = event => {
    if (!id) return
    event.i = random()
    event.at = Date.now()
    waiting.push(event)
    // Titles come late: frameworks set them after the address.
    timer = timer || setTimeout(send, 300)
  }

  const send = () => {
    clearTimeout(timer)
    timer = 0
    if (!waiting[0] || !id) return
    const e = waiting.splice(0, 20)
    for (const event of e) {
      if (event.y === 'p') event.n = d.title
      event.a = Date.now() - event.at
      event.at = undefined
    }
    const body = JSON.stringify({ k: c.k, v: id, t: token, w: navigator.webdriver ? 1 : 0, e })
    if (body.length < 60000)
      fetch(c.u, { method: 'POST', keepalive: true, mode: 'no-cors', credentials: 'omit', body }).catch(() => {
        // Once more, with the next view.
        for (const event of e)
          if (!event.r && waiting.length < 20) {
            event.r = 1
            event.at = Date.now() - event.a
            waiting.push(event)
          }
      })
    if (waiting[0]) timer = setTimeout(send, 300)
  }

  const view = again => {
    takeToken()
    const u = address()
    if (!id || (u === last && !again)) return
    last = u
    put({ y: 'p', u })
  }

  const calls = {
    consent: yes => {
      if (yes) {
        keep()
        view()
      } else {
        cookie('', 0)
        id = last = undefined
        waiting = []
      }
    },
    page: () => view(1),
    track: (n, p) => put({ y: 't', n, p, u: address() }),
    identify: (userId, g) => put({ y: 'i', d: userId, g, u: address() }),
    // Somebody else uses this browser from now on.
    reset: () => {
      send()
      token = undefined
      if (id) id = random()
      if (cookie()) cookie(id, 15552000)
    },
  }

  const run = ([call, ...rest]) => {
    try {
      calls[call](...rest)
    } catch {}
  }
  w.homing = (...call) => (early ? early.push(call) : run(call))
  w.homing.v = 1

  const start = () => {
    if (cookie()) keep()
    else if (c.m === 'token' && token && !navigator.globalPrivacyControl) id = random()
    const calls = early
    early = 0
    for (const call of calls) run([...call])
    view()
    const changed = () => run(['changed'])
    // Pages that change their address without loading.
    if (w.navigation) navigation.addEventListener('currententrychange', changed)
    else {
      for (const name of ['pushState', 'replaceState']) {
        const native = h[name]
        h[name] = function (...given) {
          native.apply(this, given)
          changed()
        }
      }
      w.addEventListener('popstate', changed)
    }
    // A page that comes back as it was left.
    w.addEventListener('pageshow', event => event.persisted && view(1))
    d.addEventListener('visibilitychange', () => d.visibilityState === 'hidden' && send())
  }
  calls.changed = () => view()

  try {
    takeToken()
    // A page that is loaded ahead, or in a tab that nobody has looked at, was not seen.
    const whenSeen = () => {
      if (early && !d.prerendering && d.visibilityState !== 'hidden') start()
    }
    d.addEventListener('visibilitychange', whenSeen)
    d.addEventListener('prerenderingchange', whenSeen)
    whenSeen()
  } catch {}
})(window, __SETTINGS__)
