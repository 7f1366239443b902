'use strict';
// The page is complete without this script. It draws the charts over time again at the width of the window, shows
// their values, switches series, and sorts tables.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const SVG = 'http://www.w3.org/2000/svg';
  const margin = {left: 52, right: 14, top: 18, bottom: 24}, letter = 6.6, yTicks = 5, flat = 0.01;
  document.documentElement.classList.add('js');

  // Numbers, as the page writes them.
  const minus = (text) => text.replaceAll('-', '−');
  const scientific = (x) => minus(Number(x.toPrecision(3)).toExponential());
  const trimmed = (x, digits) => minus(String(Number(x.toPrecision(digits))));
  function compact(x) {
    const size = Math.abs(x);
    if (size === 0) return '0';
    if (size >= 1e16 || size < 1e-4) return scientific(x);
    for (const [by, unit] of [[1e9, 'bn'], [1e6, 'm'], [1e3, 'k']]) if (size >= by) return trimmed(x / by, 4) + unit;
    return trimmed(x, 4);
  }
  function quantity(x) {
    const size = Math.abs(x);
    if (size >= 100) return minus(Math.round(x).toLocaleString('en-GB'));
    if (size >= 1 || size === 0) return minus(String(Number(x.toFixed(2))));
    return size < 1e-4 ? scientific(x) : trimmed(x, 3);
  }
  const coordinate = (x) => String(Number(x.toFixed(1)));

  // Layout: the same rules as the page's drawing without a script.
  function niceStep(x) {
    const power = Math.pow(10, Math.floor(Math.log10(x)));
    return ([1, 2, 2.5, 5].find((m) => m * power >= x * (1 - 1e-9)) || 10) * power;
  }
  function stack(all) {
    const areas = [];
    let up = all[0].values.map(() => 0), down = up;
    for (const {look, values} of all) {
      const above = values.map((v, i) => up[i] + Math.max(v, 0)), below = values.map((v, i) => down[i] + Math.min(v, 0));
      areas.push({look, low: up, high: above});
      if (below.some((v, i) => v !== down[i])) areas.push({look, low: below, high: down});
      [up, down] = [above, below];
    }
    return areas;
  }
  function bounds(chart, all) {
    let low = Infinity, high = -Infinity;
    const see = (values) => (values || []).forEach((v) => {
      if (v !== null && (!chart.log || v > 0)) [low, high] = [Math.min(low, v), Math.max(high, v)];
    });
    all.forEach((s) => {
      if (!chart.stacked) see(s.values);
      see(s.low);
      see(s.high);
    });
    if (low > high) [low, high] = [1, 10];
    if (chart.log) return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))];
    if (chart.zero || chart.stacked) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    const size = Math.max(Math.abs(low), Math.abs(high));
    if (high - low < flat * size) return [low - 5 * flat * size, high + 5 * flat * size];
    if (low === high) return [0, 1];
    return [low, high];
  }
  function scale(chart, all) {
    let [low, high] = bounds(chart, all);
    const top = margin.top, bottom = chart.height - margin.bottom, ticks = [];
    let y;
    if (chart.log) {
      if (low === high) high = 10 * low;
      y = (v) => bottom - (bottom - top) * Math.log10(v / low) / Math.log10(high / low);
      const decades = Math.round(Math.log10(high / low)), step = Math.ceil(decades / yTicks);
      for (let d = 0; d <= decades; d += step) ticks.push(low * 10 ** d);
    } else {
      const step = niceStep((high - low) / yTicks);
      [low, high] = [step * Math.floor(low / step + 1e-9), step * Math.ceil(high / step - 1e-9)];
      y = (v) => bottom - (bottom - top) * (v - low) / (high - low);
      const n = Math.round((high - low) / step);
      for (let i = 0; i <= n; i++) ticks.push(step * Math.round(low / step + i));
    }
    return {low, high, top, bottom, y, log: chart.log, ticks};
  }
  function xTicks(chart, width) {
    const longest = Math.max(...chart.x.map((label) => [...label].length));
    const room = Math.max(2, Math.floor((width - margin.left - margin.right) / (letter * longest + 14)));
    const fits = (step) => Math.floor((chart.x.length - 1) / step) + 1 <= room;
    let step = 1;
    for (let power = 1; !fits(step); power *= 10) step = [1, 2, 5].map((m) => m * power).find(fits) || 5 * power;
    return chart.x.map((label, i) => [i, label]).filter(([i]) => i % step === 0);
  }
  function place(chart, width) {
    const wide = width - margin.left - margin.right, n = chart.x.length;
    return (i) => n < 2 ? margin.left + wide / 2 : margin.left + wide * i / (n - 1);
  }
  function path(values, x, s, backwards) {
    const points = [];
    values.forEach((v, i) => {
      if (v !== null && !(s.log && v <= 0)) points.push(coordinate(x(i)) + ' ' + coordinate(s.y(v)));
    });
    if (backwards) points.reverse();
    return points.length ? 'M' + points.join('L') + (points.length === 1 ? 'h0' : '') : '';
  }

  // Drawing.
  function element(name, attributes, text) {
    const e = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    return e;
  }
  function draw(view) {
    const {chart, svg} = view;
    const width = view.width, all = chart.series.filter((_, i) => !view.off.has(i));
    const shown = chart.stacked ? stack(all) : all;
    const s = scale(chart, shown), x = place(chart, width), right = width - margin.right;
    Object.assign(view, {x, shown: all});
    svg.setAttribute('viewBox', `0 0 ${width} ${chart.height}`);
    const group = (name) => {
      const g = element('g', {class: name});
      svg.append(g);
      return g;
    };
    svg.replaceChildren();
    if (chart.shade) {
      const from = Math.max(margin.left, x(chart.shade.from - 0.5));
      const to = Math.min(right, x(chart.shade.to + 0.5)), g = group('shade');
      g.append(element('rect', {x: coordinate(from), y: s.top, width: coordinate(to - from), height: s.bottom - s.top}));
      const name = Math.min(from, right - letter * chart.shade.name.length);
      g.append(element('text', {x: coordinate(name), y: s.top - 6}, chart.shade.name));
    }
    const axes = group('axes');
    s.ticks.forEach((v) => {
      axes.append(element('path', {d: `M${margin.left} ${coordinate(s.y(v))}H${right}`}));
      axes.append(element('text', {x: margin.left - 6, y: coordinate(s.y(v)), class: 'y'}, compact(v)));
    });
    const half = letter * Math.max(...chart.x.map((label) => [...label].length)) / 2;
    xTicks(chart, width).forEach(([i, label]) =>
      axes.append(element('text', {x: coordinate(Math.min(Math.max(x(i), half), width - half)), y: s.bottom + 16, class: 'x'}, label)));
    if (!s.log && s.low < 0 && s.high > 0) {
      axes.append(element('path', {class: 'zero', d: `M${margin.left} ${coordinate(s.y(0))}H${right}`}));
    }
    const lines = group('series');
    shown.forEach((each) => {
      const g = element('g', {class: each.look});
      if (each.low) {
        const edge = path(each.high, x, s, false);
        if (edge) g.append(element('path', {class: 'area', d: edge + path(each.low, x, s, true).replace('M', 'L') + 'Z'}));
      }
      if (!chart.stacked) g.append(element('path', {class: 'line', d: path(each.values, x, s, false)}));
      lines.append(g);
    });
    view.rule = element('path', {class: 'rule', d: ''});
    view.scale = s;
    svg.append(view.rule);
  }

  // The values at a position, in a box that follows the pointer or the arrow keys.
  const box = document.createElement('div');
  box.className = 'values';
  box.setAttribute('role', 'status');
  document.body.append(box);
  function show(view, i) {
    const {chart, svg, scale: s} = view;
    view.at = Math.max(0, Math.min(chart.x.length - 1, i));
    const at = view.x(view.at);
    view.rule.setAttribute('d', `M${coordinate(at)} ${s.top}V${s.bottom}`);
    const head = document.createElement('b');
    head.textContent = (chart.xname ? chart.xname + ' ' : '') + chart.x[view.at];
    box.replaceChildren(head);
    const listed = chart.stacked ? [...view.shown].reverse() : view.shown;
    listed.forEach((each) => {
      const v = each.values[view.at], row = document.createElement('div'), key = document.createElement('span');
      if (v === null || v === undefined) return;
      key.className = 'key ' + each.look;
      row.append(key, `${each.name} `);
      const value = document.createElement('strong');
      value.textContent = quantity(v);
      row.append(value);
      if (each.low && !chart.stacked) row.append(` (${quantity(each.low[view.at])} to ${quantity(each.high[view.at])})`);
      box.append(row);
    });
    box.classList.add('on');
    const frame = svg.getBoundingClientRect(), px = frame.left + at * frame.width / view.width;
    const left = px + box.offsetWidth + 24 < document.documentElement.clientWidth ? px + 12 : px - box.offsetWidth - 12;
    box.style.left = Math.max(4, left) + scrollX + 'px';
    box.style.top = frame.top + scrollY + 'px';
  }
  function hide(view) {
    box.classList.remove('on');
    view.rule.setAttribute('d', '');
  }

  const views = [];
  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    const svg = figure.querySelector('svg'), chart = data.charts[figure.dataset.chart];
    const view = {chart, svg, figure, off: new Set(), width: svg.viewBox.baseVal.width, at: -1, own: chart.series};
    views.push(view);
    svg.tabIndex = 0;
    draw(view);
    const position = (event) => {
      const frame = svg.getBoundingClientRect(), n = chart.x.length - 1;
      const px = (event.clientX - frame.left) * view.width / frame.width - margin.left;
      return Math.round(px / (view.width - margin.left - margin.right) * n) || 0;
    };
    svg.addEventListener('pointermove', (event) => show(view, position(event)));
    svg.addEventListener('pointerdown', (event) => show(view, position(event)));
    svg.addEventListener('pointerleave', () => hide(view));
    svg.addEventListener('blur', () => hide(view));
    svg.addEventListener('keydown', (event) => {
      const n = chart.x.length - 1, from = view.at < 0 ? n : view.at;
      const to = {ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: n}[event.key];
      if (event.key === 'Escape') hide(view);
      if (to === undefined) return;
      event.preventDefault();
      show(view, to);
    });
    figure.querySelectorAll('.legend button').forEach((button, i) => button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') === 'true';
      if (on && view.off.size === chart.series.length - 1) return; // an empty chart tells nothing
      button.setAttribute('aria-pressed', String(!on));
      if (on) view.off.add(i); else view.off.delete(i);
      draw(view);
    }));
    const chooser = figure.querySelector('select');
    if (chooser) chooser.addEventListener('change', () => {
      const r = chooser.selectedIndex - 1, own = view.own;
      chart.series = r < 0 ? own : own.map((each, i) => ({...each, values: data.regions[i === 0 ? 'actual' : 'predicted'][r],
        low: each.low && data.regions.low[r], high: each.high && data.regions.high[r]}));
      if (r >= 0 && data.regions.filled[r].length) {
        const filled = new Set(data.regions.filled[r]), of = chart.series[0];
        chart.series = [{...of, values: of.values.map((v, t) => filled.has(t) ? null : v)}, chart.series[1]];
      }
      figure.querySelector('.chosen').textContent = chooser.options[chooser.selectedIndex].textContent;
      draw(view);
    });
  }
  function fit() {
    for (const view of views) {
      const width = Math.round(view.figure.querySelector('.plot').clientWidth);
      if (width > 0 && width !== view.width) {
        view.width = width;
        draw(view);
      }
    }
  }
  new ResizeObserver(fit).observe(document.querySelector('main'));
  addEventListener('beforeprint', fit);
  fit();

  // Tables: a click on a heading sorts, another turns the order round.
  for (const table of document.querySelectorAll('table.sortable')) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const value = (row) => row.cells[column].dataset.v;
      const compare = (a, b) => {
        const [p, q] = [value(a), value(b)];
        if (p === undefined || q === undefined) return a.cells[column].textContent.localeCompare(b.cells[column].textContent);
        return (p === '' ? -Infinity : Number(p)) - (q === '' ? -Infinity : Number(q));
      };
      const rows = [...body.rows].sort(compare);
      if (down) rows.reverse();
      body.append(...rows);
    }));
  }
})();
