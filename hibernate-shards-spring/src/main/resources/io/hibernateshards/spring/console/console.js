'use strict';
/*
 * Polls one JSON route, keeps the last minutes in memory, and draws. Rates and percentiles are differences of the
 * counters of two readings, so any number of pages may look at the same time.
 */
(() => {
  const EVERY = 2000, PATIENCE = 10000, KEPT = 120, WINDOW = 10000;
  const SVG = 'http://www.w3.org/2000/svg';
  const $ = id => document.getElementById(id);
  const readings = []; // the newest last: {at, report, activity}
  const points = []; // what charts show: {at, rate: {shard: n}, p99: {shard: ms}, lag: {server: ms}}
  let timer = 0, asking = null;

  // ---- elements

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter(child => child !== null));
    return element;
  }
  const html = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const text = (id, value) => { if ($(id).textContent !== value) $(id).textContent = value; };
  const row = (head, ...cells) => html('tr', null, html('th', {scope: 'row'}, head), ...cells.map(cell =>
    cell instanceof Element && cell.tagName === 'TD' ? cell : html('td', null, cell)));
  const rows = (id, all, none) => {
    const width = $(id).tHead ? $(id).tHead.querySelectorAll('th').length : 2;
    $(id).tBodies[0].replaceChildren(...(all.length ? all : [html('tr', null, html('td', {colspan: width, class: 'text soft'}, none))]));
  };

  // ---- numbers

  const whole = n => n === null || n === undefined ? '–' : Math.round(n).toLocaleString('en-US');
  const short = n => n === null || n === undefined ? '–' : n < 10 ? n.toFixed(1).replace(/\.0$/, '') : n < 10000 ? whole(n)
    : n < 1e6 ? (n / 1e3).toFixed(n < 1e5 ? 1 : 0) + ' k' : n < 1e9 ? (n / 1e6).toFixed(2) + ' M' : (n / 1e9).toFixed(2) + ' G';
  const millis = ms => ms === null || ms === undefined ? '–' : ms < 1 ? ms.toFixed(2) + ' ms' : ms < 10 ? ms.toFixed(1) + ' ms'
    : ms < 10000 ? Math.round(ms) + ' ms' : ms < 120000 ? (ms / 1000).toFixed(1) + ' s' : Math.round(ms / 60000) + ' min';
  const percent = part => part === null ? '–' : (part > 0 ? '+' : part < 0 ? '−' : '') + Math.abs(part * 100).toFixed(Math.abs(part) < .1 ? 2 : 1) + ' %';
  function bytes(n) {
    if (n === null || n === undefined) return '–';
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++; }
    return (unit && n < 100 ? n.toFixed(1) : Math.round(n)) + ' ' + units[unit];
  }
  const sum = numbers => numbers.reduce((a, b) => a + b, 0);
  const minus = (now, before) => now.map((n, i) => n - (before ? before[i] : 0));

  /** In milliseconds; null if nothing was counted. */
  function percentile(counts, bounds, p) {
    const all = sum(counts);
    if (!all) return null;
    let seen = 0;
    for (let i = 0; i < counts.length; i++) {
      if (seen + counts[i] >= p * all) {
        const low = i ? bounds[i - 1] : 0, high = i < bounds.length ? bounds[i] : low;
        return (low + (high - low) * (p * all - seen) / counts[i]) / 1000;
      }
      seen += counts[i];
    }
    return null;
  }

  /** The last reading that is that old, or the oldest there is; none before the second. */
  function earlier(age) {
    const now = readings[readings.length - 1];
    for (let i = readings.length - 2; i >= 0; i--) {
      if (now.at - readings[i].at >= age) return readings[i];
    }
    return readings.length > 1 ? readings[0] : null;
  }

  function work(since) {
    const now = readings[readings.length - 1];
    if (!since || !now.activity) return null;
    const seconds = (now.at - since.at) / 1000, bounds = now.activity.boundsMicros;
    const of = (what, name) => minus(now.activity[what][name] || [], since.activity[what][name]);
    const shards = {};
    for (const {name} of now.report.shards) {
      const counts = of('shards', name);
      const failures = (now.activity.failures[name] || 0) - (since.activity.failures[name] || 0);
      shards[name] = {rate: sum(counts) / seconds, failures: failures / seconds,
        p50: percentile(counts, bounds, .5), p95: percentile(counts, bounds, .95), p99: percentile(counts, bounds, .99)};
    }
    const operations = Object.keys(now.activity.operations).map(name => of('operations', name));
    const every = [...bounds, 0].map((_, i) => sum(operations.map(counts => counts[i])));
    return {shards, rate: sum(every) / seconds, p99: percentile(every, bounds, .99)};
  }

  /** How much of all rows a shard has more than its part of the buckets. */
  function deviation(shard, report) {
    const known = report.shards.every(one => one.rows !== null);
    const all = known ? sum(report.shards.map(one => one.rows)) : 0;
    const share = shard.buckets / report.topology.buckets;
    return all && share ? shard.rows / (all * share) - 1 : null;
  }

  // ---- charts

  const empty = why => html('p', {class: 'empty'}, why);
  const colour = i => 'c' + i % 8 + (i >= 8 ? ' d' + (1 + Math.floor(i / 8 - 1) % 3) : '');

  function steps(top) {
    const raw = top / 3, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map(n => n * power).find(n => n >= raw);
    return Array.from({length: Math.ceil(top / step) + 1}, (_, i) => +(i * step).toPrecision(6));
  }

  /** Lines over time. Series have a value for each point, or null where there is none. */
  function lines(id, names, what, unit, none) {
    const box = $('chart-' + id), W = 600, H = 190, left = 46, right = 8, top = 8, bottom = 22;
    const values = names.flatMap(name => points.map(point => point[what][name])).filter(n => n !== null && n !== undefined);
    if (!values.length) {
      box.replaceChildren(empty(none));
      $('legend-' + id).replaceChildren();
      return;
    }
    const marks = steps(Math.max(...values, unit === 'ms' ? 1 : 4)), high = marks[marks.length - 1];
    const end = points[points.length - 1].at, span = KEPT * EVERY;
    const x = at => left + (W - left - right) * (1 - (end - at) / span), y = n => top + (H - top - bottom) * (1 - n / high);
    const last = names.map(name => points[points.length - 1][what][name]);
    const label = names.map((name, i) => name + ' ' + (unit === 'ms' ? millis(last[i]) : short(last[i]))).join(', ');
    const drawing = svg('svg', {viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': 'now: ' + label});
    for (const mark of marks) {
      drawing.append(svg('line', {class: 'grid', x1: left, x2: W - right, y1: y(mark), y2: y(mark)}),
        svg('text', {x: left - 6, y: y(mark) + 4, 'text-anchor': 'end'}, short(mark)));
    }
    for (let minute = 0; minute <= span / 60000; minute++) {
      const at = x(end - minute * 60000);
      drawing.append(svg('text', {x: at, y: H - 6, 'text-anchor': minute ? 'middle' : 'end'}, minute ? '−' + minute + ' min' : 'now'));
    }
    names.forEach((name, i) => {
      let path = '', pen = false;
      for (const point of points) {
        const value = point[what][name];
        if (value === null || value === undefined) { pen = false; continue; }
        path += (pen ? 'L' : 'M') + x(point.at).toFixed(1) + ' ' + y(value).toFixed(1);
        pen = true;
      }
      drawing.append(svg('path', {class: 'line ' + colour(i), d: path}));
    });
    box.replaceChildren(drawing);
    $('legend-' + id).replaceChildren(...names.map((name, i) => html('span', null,
      svg('svg', {viewBox: '0 0 22 8', 'aria-hidden': 'true'}, svg('path', {class: 'line ' + colour(i), d: 'M1 4H21'})),
      name + ' ' + (unit === 'ms' ? millis(last[i]) : short(last[i])))));
  }

  /** One bar below the other: {name, class, parts: [[value, class]], mark, note, bad}. */
  function bars(id, all, high, label) {
    const box = $('chart-' + id), W = 600, step = Math.max(20, Math.min(44, Math.floor(240 / all.length))), left = 118, right = 128;
    const drawing = svg('svg', {viewBox: `0 0 ${W} ${all.length * step + 4}`, role: 'img', 'aria-label': label});
    all.forEach((bar, i) => {
      const y = i * step + 3, height = step - Math.max(8, step / 3.4), scale = (W - left - right) / (high || 1);
      drawing.append(svg('text', {class: 'name', x: 0, y: y + height / 2 + 4}, bar.name),
        svg('rect', {class: 'track', x: left, y, width: (W - left - right), height, rx: 3}));
      let at = left;
      for (const [value, kind] of bar.parts) {
        const width = Math.min(value * scale, W - right - at);
        if (width > 0) drawing.append(svg('rect', {class: kind, x: at, y, width, height, rx: 3}));
        at += Math.max(0, width);
      }
      if (bar.mark) drawing.append(svg('line', {class: 'mark', x1: left + bar.mark * scale, x2: left + bar.mark * scale, y1: y - 3, y2: y + height + 3}));
      drawing.append(svg('text', {class: bar.bad ? 'bad' : null, x: W - right + 8, y: y + height / 2 + 4}, bar.note));
    });
    box.replaceChildren(drawing);
  }

  // ---- the page

  const STATES = {UP: 'up', READ_ONLY: 'read only', DOWN: 'down'};
  const state = value => html('span', {class: 'tag ' + value.toLowerCase().replace('_', '-')}, STATES[value] || value);
  const serverName = (shard, server) => shard.name + ' ' + server.name;

  function draw() {
    const {report, activity} = readings[readings.length - 1];
    const lately = work(earlier(WINDOW));
    const shards = report.shards, servers = shards.flatMap(shard => shard.servers.map(server => ({shard, server})));
    const up = shards.filter(shard => shard.status === 'UP').length;
    const deviations = shards.map(shard => deviation(shard, report));
    const doubt = shards.flatMap(shard => shard.inDoubt.map(branch => ({shard, branch})));

    text('topology', `topology ${report.topology.version} · ${shards.length} shards · ${whole(report.topology.buckets)} buckets`);
    text('tile-up', up + ' of ' + shards.length);
    $('tile-up').className = up === shards.length ? '' : 'bad';
    const known = shards.every(shard => shard.rows !== null);
    text('tile-rows', known ? whole(sum(shards.map(shard => shard.rows))) : '–');
    const worst = deviations.some(n => n === null) ? null : deviations.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a, 0);
    text('tile-skew', percent(worst));
    text('tile-ops', lately ? short(lately.rate) : '–');
    text('tile-p99', lately ? millis(lately.p99) : '–');
    text('tile-doubt', whole(doubt.length));
    $('tile-doubt').className = doubt.some(({branch}) => branch.ageMillis > 60000) ? 'bad' : '';

    rows('shards', shards.flatMap((shard, i) => {
      const its = lately ? lately.shards[shard.name] : null;
      const main = row(shard.name, state(shard.status), whole(shard.buckets), whole(shard.rows), percent(deviations[i]), bytes(shard.bytes),
        its ? short(its.rate) : '–', its ? millis(its.p50) : '–', its ? millis(its.p95) : '–', its ? millis(its.p99) : '–',
        its ? html('span', {class: its.failures ? 'bad' : null}, short(its.failures)) : '–');
      const why = shard.status === 'UP' ? shard.problem : (shard.servers.find(server => server.problem) || shard).problem;
      return why ? [main, html('tr', null, html('td', {colspan: 11, class: 'why'}, why))] : [main];
    }), 'no shards');

    const most = Math.max(0, ...shards.map(shard => shard.rows || 0));
    const total = known ? sum(shards.map(shard => shard.rows)) : 0;
    bars('rows', shards.map((shard, i) => ({name: shard.name, parts: [[shard.rows || 0, 'fill ' + colour(i)]],
      mark: total * shard.buckets / report.topology.buckets,
      note: shard.rows === null ? 'not known' : short(shard.rows) + (deviations[i] === null ? '' : ' (' + percent(deviations[i]) + ')')})),
    most * 1.1, 'Rows of each shard: ' + shards.map(shard => shard.name + ' ' + whole(shard.rows)).join(', '));

    const biggest = Math.max(0, ...servers.map(({server}) => server.pool.max));
    bars('pools', servers.map(({shard, server}) => {
      const {active, idle, waiting, max} = server.pool, c = 'fill ' + colour(shards.indexOf(shard));
      return {name: serverName(shard, server), parts: [[active, c], [idle, c + ' idle']], bad: waiting > 0 || !server.available,
        note: !server.available ? 'not used' : !max ? 'not used yet' : waiting ? `${waiting} waiting` : `${active}+${idle} of ${max}`};
    }), biggest, 'Connections: ' + servers.map(({shard, server}) => `${serverName(shard, server)} ${server.pool.active} active, `
      + `${server.pool.idle} idle, ${server.pool.waiting} waiting of ${server.pool.max}`).join('; '));

    const names = shards.map(shard => shard.name);
    const counted = activity ? 'nothing was asked yet' : 'not measured';
    lines('rate', names, 'rate', '', counted);
    lines('latency', names, 'p99', 'ms', counted);
    const replicas = servers.filter(({server}) => server.role !== 'PRIMARY');
    lines('lag', replicas.map(({shard, server}) => serverName(shard, server)), 'lag', 'ms',
      replicas.length ? 'not known yet' : 'no replicas');

    const hot = shards.flatMap(shard => shard.hotKeys.map(key => ({shard, key}))).filter(({key}) => key.share >= .01)
      .sort((a, b) => b.key.share - a.key.share).slice(0, 20);
    $('hot').replaceChildren(...(hot.length ? hot.map(({shard, key}) => {
      const name = key.entity.split('.').pop() + (key.id === null ? '' : ' ' + key.id) + ' on ' + shard.name;
      return html('div', {class: 'hot'}, html('span', {class: 'key', title: name}, name),
        html('meter', {min: 0, max: 1, low: .1, high: .3, optimum: 0, value: key.share, 'aria-label': name}, ''), html('b', null, (key.share * 100).toFixed(1) + ' %'));
    }) : [empty('no key is hot')]));

    rows('servers', servers.flatMap(({shard, server}) => {
      const main = row(shard.name, server.name, server.role.toLowerCase(), state(server.available ? 'UP' : 'DOWN'), millis(server.lagMillis),
        whole(server.pool.active), whole(server.pool.idle), html('span', {class: server.pool.waiting ? 'bad' : null}, whole(server.pool.waiting)), whole(server.pool.max));
      return server.problem ? [main, html('tr', null, html('td', {colspan: 9, class: 'why'}, server.problem))] : [main];
    }), 'no servers');

    const counts = (id, all) => rows(id, Object.entries(all || {}).map(([name, n]) => row(name.toLowerCase().replaceAll('_', ' '), whole(n))), 'none yet');
    counts('tiers', activity && activity.tiers);
    counts('widths', activity && activity.widths);
    counts('transactions', activity && activity.transactions);

    const tables = [...new Set(shards.flatMap(shard => shard.tables.map(table => table.name)))].sort();
    $('tables').tHead.replaceChildren(html('tr', null, html('th', {scope: 'col'}, 'Table'), html('th', {scope: 'col'}, 'Kind'),
      ...names.map(name => html('th', {scope: 'col'}, name)), html('th', {scope: 'col'}, 'Size')));
    rows('tables', tables.map(name => {
      const its = shards.map(shard => shard.tables.find(table => table.name === name));
      return row(name, its.find(table => table).kind, ...its.map(table => table ? whole(table.rows) : ''), bytes(sum(its.map(table => table ? table.bytes : 0))));
    }), 'not known yet');

    $('doubt-section').hidden = !doubt.length;
    rows('doubt', doubt.map(({shard, branch}) => row(shard.name, branch.name, millis(branch.ageMillis), branch.owner)), 'none');
  }

  function take(data) {
    const before = readings[readings.length - 1];
    const now = {at: performance.now(), report: data.report, activity: data.activity};
    const total = reading => reading.activity ? sum(Object.values(reading.activity.shards).map(sum)) : 0;
    if (before && total(now) < total(before)) { // another JVM, or one that was started again
      readings.length = 0;
      points.length = 0;
    }
    readings.push(now);
    if (readings.length > KEPT) readings.shift();
    const moment = work(earlier(0)), lately = work(earlier(WINDOW)), point = {at: now.at, rate: {}, p99: {}, lag: {}};
    for (const shard of now.report.shards) {
      point.rate[shard.name] = moment ? moment.shards[shard.name].rate : null;
      point.p99[shard.name] = lately ? lately.shards[shard.name].p99 : null;
      shard.servers.forEach(server => { point.lag[serverName(shard, server)] = server.lagMillis; });
    }
    points.push(point);
    while (points.length && now.at - points[0].at > KEPT * EVERY) points.shift();
  }

  function tell(state, live, problem) {
    document.body.dataset.state = state;
    text('live-text', live);
    $('problem').hidden = !problem;
    text('problem', problem || '');
  }

  async function ask() {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    asking = new AbortController();
    const late = setTimeout(() => asking.abort(), PATIENCE);
    try {
      const response = await fetch('shards/data.json', {signal: asking.signal, credentials: 'same-origin', headers: {Accept: 'application/json'}});
      if (!response.ok) throw new Error(response.status === 403 || response.status === 401 ? 'the application does not let you see it' : 'it answered ' + response.status);
      take(await response.json());
      draw();
      document.querySelector('main').setAttribute('aria-busy', 'false');
      const down = readings[readings.length - 1].report.shards.filter(shard => shard.status !== 'UP');
      tell('live', 'live · ' + new Date().toLocaleTimeString('en-GB'),
        down.length ? down.map(shard => `Shard ${shard.name} is ${STATES[shard.status]}.`).join(' ') : null);
    } catch (e) {
      const why = e.name === 'AbortError' ? 'it did not answer within ' + PATIENCE / 1000 + ' s' : e.message;
      tell('error', 'not connected', `The application cannot be asked: ${why}. ${readings.length ? 'What you see is old. ' : ''}Trying again.`);
    } finally {
      clearTimeout(late);
      asking = null;
      if (!document.hidden) timer = setTimeout(ask, EVERY);
    }
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
      text('live-text', 'paused');
    } else {
      ask();
    }
  });
  ask();
})();
