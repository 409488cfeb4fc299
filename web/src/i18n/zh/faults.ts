// What is wrong with a field, in Chinese, by the English sentence that the server made it of (`model::fault::Sentence`);
// fetched with the first fault that a reader of Chinese meets.
//
// `{}` is the next value, `{1}` the second one where the order is another. Without words for all of it the English stands.

import type { Fault, Said } from '../../api/problem';

export const faults: Record<string, string> = {
  // What a value is, and words within other sentences.
  nothing: '空值',
  'a list of {}': '含 {} 项的列表',
  'a group of fields': '一组字段',
  second: '秒',
  minute: '分',
  hour: '时',
  'day of month': '日',
  month: '月',
  'day of week': '星期',
  year: '年',

  // Any field.
  'must be {}, got `{}`': '必须是 {}，实际为 `{}`',
  'must be {} to {}, got `{}`': '必须在 {} 到 {} 之间，实际为 `{}`',
  'must be {} to {}, got {}': '必须在 {} 到 {} 之间，实际为 {}',
  'must be a whole number {} to {}, got {}': '必须是 {} 到 {} 之间的整数，实际为 {}',
  'must be a whole number 0 to 255, got `{}`': '必须是 0 到 255 之间的整数，实际为 `{}`',
  'must be true or false, got {}': '必须是 true 或 false，实际为 {}',
  'must be a text, got {}': '必须是文本，实际为 {}',
  'must be a list, got {}': '必须是列表，实际为 {}',
  'must be a group of fields, got {}': '必须是一组字段，实际为 {}',
  'must be a group of fields that starts with `name:`, got {}': '必须是以 `name:` 开头的一组字段，实际为 {}',
  'must be one of {}, got {}': '必须是 {} 之一，实际为 {}',
  'must have at most {} bytes, got {}': '最多 {} 字节，实际为 {}',
  'must have at most {} items, got {}': '最多 {} 项，实际为 {}',
  'must have at most {} entries, got {}': '最多 {} 项，实际为 {}',
  'must not contain a NUL byte': '不能含有 NUL 字节',
  'is missing; give it a value like `{}`': '缺少此项；请填写，例如 `{}`',
  'is empty': '为空',
  'unknown field': '未知字段',
  'did you mean `{}`?': '是否指 `{}`？',
  'fields here are {}': '此处的字段有 {}',
  'must be a size like `64KiB`, `256MiB` or `2GiB`, got `{}`':
    '必须是 `64KiB`、`256MiB` 或 `2GiB` 这样的大小，实际为 `{}`',
  'must be a number of processors like `0.5` or `2`, at least 0.001, got `{}`':
    '必须是 `0.5` 或 `2` 这样的处理器数，至少 0.001，实际为 `{}`',
  'must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `{}`':
    '必须是 `2026-12-01T09:00:00+01:00` 这样的 RFC 3339 时刻，实际为 `{}`',
  'must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `{}`':
    '必须是 `90s`、`10m` 或 `1h30m` 这样的时长（单位 ms、s、m、h、d），实际为 `{}`',

  // Names and ids.
  '1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`': '1 到 63 个 `a-z`、`0-9`、`-`，且不以 `-` 开头',
  '1 to 63 of `a-z`, `0-9`, `-` and `.`, starting with a letter or digit':
    '1 到 63 个 `a-z`、`0-9`、`-`、`.`，且以字母或数字开头',
  '1 to 63 of `a-z`, `0-9`, `.`, `_`, `-` and `@`, starting with a letter or digit':
    '1 到 63 个 `a-z`、`0-9`、`.`、`_`、`-`、`@`，且以字母或数字开头',
  '1 to 63 of `a-z`, `0-9`, `.`, `_` and `-`, starting with a letter or digit':
    '1 到 63 个 `a-z`、`0-9`、`.`、`_`、`-`，且以字母或数字开头',
  '1 to 64 letters, digits and `-`': '1 到 64 个字母、数字或 `-`',
  '`NAME:TAG`, each 1 to 63 letters, digits, `.`, `_` and `-`, the name in lower case and not `sha256`':
    '`NAME:TAG`，两者各为 1 到 63 个字母、数字、`.`、`_` 或 `-`，名称用小写且不是 `sha256`',
  '`sha256:` and 64 hexadecimal digits': '`sha256:` 加 64 位十六进制数字',
  '12 hexadecimal digits': '12 位十六进制数字',
  '16 hexadecimal digits': '16 位十六进制数字',
  '24 hexadecimal digits': '24 位十六进制数字',
  '28 hexadecimal digits': '28 位十六进制数字',
  '32 hexadecimal digits': '32 位十六进制数字',

  // Jobs.
  '`{}` is a word of the interface; choose another name': '`{}` 是程序接口的保留词；请换一个名称',
  'must be `{}` as in the path, got `{}`; a job keeps its name':
    '必须与路径中的 `{}` 一致，实际为 `{}`；任务名称不可更改',
  'a job has either `shell` or `wasm`, got both': '任务只能有 `shell` 或 `wasm` 之一，实际两者都有',
  'a job has either `shell` or `wasm`, got neither': '任务必须有 `shell` 或 `wasm` 之一，实际两者都没有',
  'a shell job says `shell: { script: "echo hello" }`':
    'Shell 任务的写法是 `shell: { script: "echo hello" }`',
  'is empty; give it a command': '为空；请填写命令',
  'must name a program like `/bin/sh`': '必须指定程序，例如 `/bin/sh`',
  'must be an absolute path like `/bin/sh`, got `{}`': '必须是 `/bin/sh` 这样的绝对路径，实际为 `{}`',
  'must be an absolute path, got `{}`': '必须是绝对路径，实际为 `{}`',
  'must be an absolute path without `..`, got `{}`': '必须是不含 `..` 的绝对路径，实际为 `{}`',
  'must be the name of an account like `nobody`, got `{}`': '必须是 `nobody` 这样的账号名，实际为 `{}`',
  "a variable's name is `[A-Za-z_][A-Za-z0-9_]*`": '变量名的格式为 `[A-Za-z_][A-Za-z0-9_]*`',
  'names that begin with `SANDGLASS_` are set by Sandglass itself':
    '以 `SANDGLASS_` 开头的变量由 Sandglass 自己设置',
  "a label's name is 1 to 63 letters, digits, `-`, `_`, `.` or `/`":
    '标签名为 1 到 63 个字母、数字、`-`、`_`、`.` 或 `/`',
  'applies to {} jobs only; leave it out': '仅适用于 {} 任务；请去掉',
  'applies to wasm jobs only; a shell job takes `env`': '仅适用于 wasm 任务；Shell 任务请用 `env`',
  'must name at least one exit code': '至少要有一个退出码',
  'must be at most {} with `when_cut_off: kill`, got `{}`':
    '在 `when_cut_off: kill` 下最多为 {}，实际为 `{}`',
  'must be at least `backoff` ({}), got `{}`': '不能小于 `backoff`（{}），实际为 `{}`',
  'must be at least {}, which the module `{}` starts with, got `{}`':
    '至少为 {}，即模块 `{}` 启动时所需，实际为 `{}`',
  'there is no tag `{}`': '没有标记 `{}`',
  "set it first: `sandglass module tag NAME:TAG DIGEST`, or the page's list of modules":
    '请先设置：`sandglass module tag NAME:TAG DIGEST`，或在“模块”页面设置',
  'there is no module `{}`': '没有模块 `{}`',
  "upload it first: `sandglass module push FILE`, or the page's upload":
    '请先上传：`sandglass module push FILE`，或在页面上传',
  'there is no job `{}`': '没有任务 `{}`',
  'there is no run `{}`': '没有运行 `{}`',
  'must name one at least, got none': '至少要指定一个，实际没有',

  // What a module may connect to.
  '`{}://` is no protocol here; leave it out for TCP, or `udp://`':
    '此处没有协议 `{}://`；TCP 请省略，UDP 请写 `udp://`',
  'must be `host:port` like `db.example:5432` or `[::1]:80`, got `{}`':
    '必须是 `db.example:5432` 或 `[::1]:80` 这样的 `host:port`，实际为 `{}`',
  'must end in a port 1 to 65535, got `{}`': '必须以端口 1 到 65535 结尾，实际为 `{}`',
  'an address of version 6 stands in brackets like `[::1]:80`, got `{}`':
    'IPv6 地址要写在方括号内，例如 `[::1]:80`，实际为 `{}`',
  'an address of version 4 stands without brackets, got `{}`': 'IPv4 地址不写方括号，实际为 `{}`',
  '`{}` is no block: write `{}`': '`{}` 不是网段：请写 `{}`',
  'a host is one name, one address or a block like `10.0.0.0/8`, without `*`, got `{}`':
    '主机是一个名称、一个地址或 `10.0.0.0/8` 这样的网段，不能含 `*`，实际为 `{}`',
  '`{}` is neither a name in ASCII, nor an address, nor a block like `10.0.0.0/8`':
    '`{}` 既不是 ASCII 名称，也不是地址或 `10.0.0.0/8` 这样的网段',
  '`{}` is this machine, which no name stands for: write `127.0.0.1` or `[::1]` instead':
    '`{}` 指本机，不能用名称表示：请写 `127.0.0.1` 或 `[::1]`',

  // Settings, users, tokens.
  'must have at least {} characters, got {}': '至少 {} 个字符，实际为 {}',
  'cannot be hashed: {}': '无法计算散列：{}',
  'goes without a `password`': '不能与 `password` 同时给出',
  'must be at most your own, `{}`, got `{}`': '不能高于您自己的 `{}`，实际为 `{}`',
  'must have 1 to {} characters that print, got `{}`': '必须是 1 到 {} 个可见字符，实际为 `{}`',
  'must be from 1m to {}d, got `{}`': '必须在 1m 到 {}d 之间，实际为 `{}`',
  'must be an argon2id hash in the PHC form, of at most 256 MiB, 10 passes and 8 lanes':
    '必须是 PHC 格式的 argon2id 散列，内存最多 256 MiB，最多 10 轮、8 路',

  // Alerts.
  'must be 0s to 10m, got `{}`': '必须在 0s 到 10m 之间，实际为 `{}`',
  'must be 0s to 1d, got `{}`': '必须在 0s 到 1d 之间，实际为 `{}`',
  '`{}` is what a secret is shown as, and none is stored for this place':
    '`{}` 只是密钥的显示形式，而此处没有已保存的密钥',
  'give the secret itself; one that was stored goes with the address it was stored for':
    '请填写密钥本身；已保存的密钥只用于保存时的地址',
  'may have {} bytes': '最多 {} 字节',
  'must be an address of at most {} bytes without blanks': '必须是最多 {} 字节、不含空白的地址',
  'must begin with `https://` or `http://` and a host': '必须以 `https://` 或 `http://` 加主机开头',
  'may name no user and password; use `secret`': '不能含有用户和密码；请用 `secret`',
  'ends in `{}`, as it is shown: give the address itself': '以 `{}` 结尾，这只是显示形式：请填写地址本身',
  'must be the name of a server, got `{}`': '必须是服务器名称，实际为 `{}`',
  '`user` and `password` go together': '`user` 和 `password` 必须同时给出',
  'must be 1 to {} addresses': '必须是 1 到 {} 个地址',
  'must be an address like `ops@example.org`, got `{}`': '必须是 `ops@example.org` 这样的地址，实际为 `{}`',
  'may have {} at most, got {}': '最多 {} 个，实际为 {}',
  'may be {} at most, got {}': '最多 {} 个，实际为 {}',
  'must name at least one condition': '至少要选择一种通知内容',
  '`test` is no condition that a rule may have': '`test` 不能用作规则的通知内容',
  'must name at least one channel': '至少要选择一个渠道',
  'must be 2 to {} in a row, got {}': '连续次数必须在 2 到 {} 之间，实际为 {}',
  'there is no channel `{}`; those that are: {}': '没有渠道 `{}`；现有渠道：{}',
  'there are none yet': '尚无',
  'must be an instant within {} from now ({}), got `{}`':
    '必须是从现在（{1}）起 {0} 以内的时刻，实际为 `{2}`',
  'must say why, in at most {} bytes': '必须说明原因，最多 {} 字节',
  '`{}` stands twice': '`{}` 出现了两次',
  '`{}` is named by jobs: {}; change those first': '`{}` 仍被任务 {} 引用；请先修改这些任务',
  'is no JSON once its marks are filled in: {}; a mark such as `{{text}}` stands for JSON with its quotes, so it has none around it':
    '填入占位后不是 JSON：{}；`{{text}}` 这样的占位已包含引号，其外不要再加',

  // Schedules as a whole.
  'has {} bytes, at most {} are allowed': '有 {} 字节，最多 {}',
  '`TZ=` is not known here': '此处不支持 `TZ=`',
  'write `CRON_TZ=Zone` or set the time zone': '请写 `CRON_TZ=时区`，或设置时区字段',
  '{}, {}': '{}，{}',
  '{} only looks like `{}`': '{} 只是看起来像 `{}`',
  '{} is no letter of a schedule': '{} 不是调度中的字符',
  '`{}` is not a time zone of the IANA data': '`{}` 不是 IANA 数据中的时区',
  'an offset is not a zone; name one like `Europe/Berlin`':
    '偏移量不是时区；请写时区名称，例如 `Asia/Shanghai`',
  'a zone has a name like `Europe/Berlin` or `UTC`': '时区的名称如 `Asia/Shanghai` 或 `UTC`',
  'never fires: {}': '永远不会触发：{}',
  'no month that it names has a day {}': '所写的月份都没有 {} 日',
  'no time from 1970 to 2200 matches all of its fields': '从 1970 年到 2200 年没有符合所有字段的时刻',
  'a command stands in `shell.script`': '命令写在 `shell.script` 中',
  'nothing may follow `{}`': '`{}` 之后不能再有内容',
  '`{}` is not supported: a fleet has no one reboot, and a restart of a worker is no tick':
    '不支持 `{}`：集群没有统一的重启，节点重启也不是触发点',
  "start it by the host's own service manager, or run the job by hand or through the API":
    '请用主机自己的服务管理器启动，或手动、通过程序接口运行任务',
  '`{}` is not known': '不认识 `{}`',
  'known are {}': '可用的有 {}',
  'write how often: `@every 90s`, `@every 1h30m`': '请写明间隔：`@every 90s`、`@every 1h30m`',
  '`@every` has no length of time': '`@every` 缺少时长',
  '`@every` takes at least {}, got `{}`': '`@every` 至少为 {}，实际为 `{}`',
  'write when: `@at 2026-12-01T09:00:00+01:00`': '请写明时刻：`@at 2026-12-01T09:00:00+08:00`',
  '`@at` has no instant': '`@at` 缺少时刻',
  'an instant has an offset: `Z` or `+01:00`': '时刻要带偏移量：`Z` 或 `+08:00`',
  'a number needs its unit: `@every {}s`, `@every {}m`': '数字要带单位：`@every {}s`、`@every {}m`',
  'months differ in length; write `@monthly`': '各月长度不同；请写 `@monthly`',
  'years differ in length; write `@yearly`': '各年长度不同；请写 `@yearly`',

  // What is written for something else.
  '`{}` is no field: command and user do not stand in a schedule': '`{}` 不是字段：调度中不写命令和用户',
  'put the command into `shell.script` and the user into `shell.user`, and write `{}`':
    '请把命令写入 `shell.script`，用户写入 `shell.user`，此处写 `{}`',
  'is a comment': '是注释',
  "put notes into the job's `description`": '备注请写入任务的 `description`',
  '`{}=` sets a variable, which a schedule has not': '`{}=` 设置变量，而调度没有变量',
  'variables of a shell job stand in `shell.env`, its zone in `timezone`':
    'Shell 任务的变量写在 `shell.env`，时区写在 `timezone`',
  '`{}(…)` is written for another scheduler': '`{}(…)` 是其他调度系统的写法',
  'has several lines; a schedule has one': '有多行；调度只有一行',
  'save a job for each of them': '请为每一行保存一个任务',
  '`{}` is a time of the day; minute and hour are two fields': '`{}` 是一天中的时刻；分和时是两个字段',
  'write minute and hour apart: `{} {} * * *`': '请把分和时分开写：`{} {} * * *`',
  '`{}` alone is no field': '单独的 `{}` 不是字段',
  'write `@every {}`': '请写 `@every {}`',
  'write `@every 5m`, or the fields: `0 9 * * MON`': '请写 `@every 5m`，或写字段：`0 9 * * MON`',
  'is written in words': '是用文字写的',
  'write `{}`': '请写 `{}`',
  'write `{}{}{}`': '请写 `{}{}{}`',

  // Fields of a schedule.
  'write five fields like `30 2 * * *`, or a name like `@daily`':
    '请写五个字段，例如 `30 2 * * *`，或 `@daily` 这样的名称',
  'has {} fields; 5, 6 (seconds first, or a year last) or 7 are allowed':
    '有 {} 个字段；允许 5 个、6 个（前加秒，或后加年）或 7 个',
  'the fields are minute, hour, day of month, month, day of week; lists have no spaces':
    '字段依次为分、时、日、月、星期；列表中不能有空格',
  '{}: an item of `{}` is empty': '{}：`{}` 中有一项为空',
  'take out the comma that is too many': '请去掉多余的逗号',
  '{}: nothing stands before `/` in `{}`': '{}：`{1}` 的 `/` 之前没有内容',
  'for all values write `*{}`': '表示所有值请写 `*{}`',
  '{}: `{}` is not of the form `H(a-b)`': '{}：`{}` 不是 `H(a-b)` 的形式',
  '{}: `H` cannot choose a year': '{}：`H` 不能用来选择年份',
  '{}: `{}` has more than one `-`': '{}：`{}` 中有多个 `-`',
  'a range has two ends; separate ranges by commas: `{}-{},{}`':
    '范围只有两端；多个范围用逗号分隔：`{}-{},{}`',
  '{}: the range `{}` has no start': '{}：范围 `{}` 没有起点',
  '{}: the range `{}` has no end': '{}：范围 `{}` 没有终点',
  '{}: the range `{}` runs backwards': '{}：范围 `{}` 首尾颠倒',
  '{}: a step is at least 1, got `{}`': '{}：步长至少为 1，实际为 `{}`',
  '{}: the step `{}` is larger than the field, which has {} values': '{}：步长 `{}` 超过该字段的 {} 个值',
  '{}: the step `{}` is not a number from 1 to {}': '{}：步长 `{}` 不是 1 到 {} 的数字',
  '{}: `{}` is not in {}-{}': '{}：`{}` 不在 {}-{} 之内',
  '{}: {} is not a number in {}-{} or a name from `JAN` to `DEC`':
    '{}：{} 不是 {}-{} 之内的数字，也不是 `JAN` 到 `DEC` 的名称',
  '{}: {} is not a number in {}-{} or a name from `SUN` to `SAT`':
    '{}：{} 不是 {}-{} 之内的数字，也不是 `SUN` 到 `SAT` 的名称',
  '{}: {} is not a number in {}-{}': '{}：{} 不是 {}-{} 之内的数字',
  '{}: `{}` is not in 1-{}, the days before the last': '{}：`{}` 不在 1-{} 之内，即月末之前的天数',
  '{}: `{}` is not in 1-5 behind `#`': '{}：`#` 之后的 `{}` 不在 1-5 之内',
  '`FRI#2` is the second Friday of the month, `FRIL` the last':
    '`FRI#2` 是当月第二个星期五，`FRIL` 是最后一个',

  // What was meant there.
  'a step begins anew with each field; for an even period write `@every {}{}`':
    '步长在每个字段中重新开始；等间隔请写 `@every {}{}`',
  'seconds go from 0 to 59; write `0` for the full one': '秒为 0 到 59；整分请写 `0`',
  'minutes go from 0 to 59; write `0` for the full one': '分为 0 到 59；整点请写 `0`',
  'midnight is hour `0`': '午夜是 `0` 时',
  'noon is hour `12`': '正午是 `12` 时',
  'minutes stand before hours: `30 2` is 02:30': '分写在时之前：`30 2` 是 02:30',
  'days count from 1; the last day of the month is `L`': '日从 1 开始；当月最后一天是 `L`',
  'the last day of each month is `L`': '每月最后一天是 `L`',
  'the last day of the month is `L`': '当月最后一天是 `L`',
  'months count from 1, which is January': '月从 1 开始，即一月',
  'December is 12': '十二月是 12',
  'with `weekdays: quartz` 1 is Sunday and 7 is Saturday; names are never mistaken':
    '在 `weekdays: quartz` 下 1 是星期日、7 是星期六；写名称不会弄错',
  'six fields begin with seconds, unless the last is a year from 1970 to 2200':
    '六个字段时首个是秒，除非最后一个是 1970 到 2200 的年份',
  '0 and 7 are Sunday, 6 is Saturday; names like `MON` work as well':
    '0 和 7 是星期日，6 是星期六；也可写 `MON` 这样的名称',
  '`?` stands alone in its field': '`?` 在字段中只能单独出现',
  '`?` may stand in day of month and day of week only; six fields begin with seconds, so a year as `*` needs all seven':
    '`?` 只能用于日和星期；六个字段时首个是秒，年份为 `*` 时要写全七个',
  '`?` may stand in day of month and day of week only; here every value is `*`':
    '`?` 只能用于日和星期；此处的所有值写作 `*`',
  '`*` stands alone or before a step: `*/5`': '`*` 只能单独出现或写在步长之前：`*/5`',
  'the last Friday of the month is `FRIL` or `5L`; Saturday is `SAT`':
    '当月最后一个星期五是 `FRIL` 或 `5L`；星期六是 `SAT`',
  'the weekday nearest to the 15th is `15W`, the last of the month `LW`':
    '离 15 日最近的工作日是 `15W`，当月最后一个工作日是 `LW`',
  '`L` and `W` may stand in day of month, `L` behind a day of week':
    '`L` 和 `W` 可用于日，`L` 可写在星期之后',
  '`+` may stand before day of week only': '`+` 只能写在星期之前',
  'every {} is written `*/{}`': '每隔 {} 写作 `*/{}`',
  'one `*` stands for every value': '一个 `*` 就表示所有值',
  'hours go from 0 to 23: `{}` is `{}`': '时为 0 到 23：`{}` 是 `{}`',
  'write the number alone: `{}`': '只写数字：`{}`',
  'the day comes first: `{}W`': '日写在前面：`{}W`',
  'the day comes first: `{}L`': '星期写在前面：`{}L`',
  '`{}` is a {}: the fields are minute, hour, day of month, month, day of week':
    '`{}` 是“{}”：字段依次为分、时、日、月、星期',
  'write how many: `*/5`': '请写明步长：`*/5`',
  'the range stands before the step: `10-50/5`': '范围写在步长之前：`10-50/5`',
  'a range has one step: `10-50/5`': '一个范围只有一个步长：`10-50/5`',
};

/** Returns a fault in Chinese, its message and its hint each where there are words for all of it. */
export function inChinese(fault: Fault): Fault {
  const { said, hint_said } = fault;
  return {
    ...fault,
    message: (said && told(said)) ?? fault.message,
    hint: (hint_said && told(hint_said)) ?? fault.hint,
  };
}

/** Returns all that is wrong in one line, for where no fields are shown; nothing where a message of it has no words. */
export function together(errors: Fault[]): string | undefined {
  const lines = errors.map(({ path, said, hint_said }) => {
    const [message, hint] = [said && told(said), hint_said && told(hint_said)];
    return message && `${path ? `${path}：` : ''}${message}${hint ? `；${hint}` : ''}`;
  });
  return lines.every(Boolean) ? lines.join('；') : undefined;
}

/** Returns a sentence in Chinese; nothing where a part of it has no words here. */
function told({ template, values = [] }: Said): string | undefined {
  const text = faults[template] ?? (isAlike(template) ? template : undefined);
  const parts = values.map((value) => (typeof value === 'string' ? value : told(value)));
  if (text === undefined || parts.includes(undefined)) return undefined;
  let next = 0;
  return text.replace(/\{(\d?)\}/g, (_, at) => parts[at ? Number(at) : next++] ?? '');
}

/** Returns true for what reads alike in every language: values and what stands in backticks alone. */
export function isAlike(template: string): boolean {
  return !/[a-z]/i.test(template.replace(/`[^`]*`/g, ''));
}
