'use strict';
// The page is complete without this script, which shows the charts' values, hides series, draws another region's lines on
// the scale that the page gives for them, and sorts tables.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  document.documentElement.classList.add('js');

  const minus = (text) => text.replaceAll('-', '−');
  function quantity(x) {
    const digits = Math.abs(x) >= 100 ? {maximumFractionDigits: 0} : {maximumSignificantDigits: 3};
    return minus(x.toLocaleString('en-GB', digits));
  }
  function element(name, attributes, text) {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    return e;
  }

  // points are the coordinates of values on a scale, as in chart.go.
  const points = (values, {low, high, top, bottom}) => values
    .map((v, i) => v === null ? '' : `${i} ${Number((bottom - (bottom - top) * (v - low) / (high - low)).toFixed(1))}`)
    .filter((point) => point);
  const line = (points) => points.length ? 'M' + points.join('L') + (points.length === 1 ? 'h0' : '') : '';

  // choose draws another view of a chart: its lines, their bands and the vertical axis.
  function choose(chart, index) {
    const view = chart.view = chart.views[index], {scale} = view;
    chart.groups.forEach((group, i) => {
      group.querySelector('.line').setAttribute('d', line(points(view.values[i], scale)));
      if (!view.low || !view.low[i]) return;
      const edge = [...points(view.high[i], scale), ...points(view.low[i], scale).reverse()];
      group.querySelector('.area').setAttribute('d', line(edge) + 'Z');
    });
    chart.svg.querySelector('.y-axis').replaceChildren(...scale.ticks.flatMap(({at, label}) => [
      element('line', {x2: '100%', y1: at, y2: at, class: label === '0' && at > scale.top && at < scale.bottom ? 'zero' : ''}),
      element('text', {class: 'y', x: -6, y: at}, label)]));
  }

  // show lists the values at a position in a box that follows the pointer or the arrow keys.
  const box = document.createElement('div');
  box.className = 'values';
  box.setAttribute('role', 'status');
  document.body.append(box);
  function show(chart, i) {
    const last = chart.x.length - 1, {values, low, high} = chart.view;
    chart.at = Math.max(0, Math.min(last, i));
    const part = chart.upright ? (chart.at + 0.5) / (last + 1) : last > 0 ? chart.at / last : 0.5;
    for (const end of ['x1', 'x2']) chart.rule.setAttribute(end, 100 * part + '%');
    chart.rule.classList.remove('off');
    const head = document.createElement('b');
    head.textContent = (chart.xname ? chart.xname + ' ' : '') + chart.x[chart.at];
    const rows = chart.names.map((name, k) => {
      const v = values[k][chart.at];
      if (v === null || chart.groups[k].classList.contains('off')) return '';
      const row = document.createElement('div'), key = document.createElement('span'), value = document.createElement('strong');
      key.className = 'key ' + chart.groups[k].getAttribute('class');
      value.textContent = quantity(v);
      row.append(key, `${name} `, value);
      if (low && low[k]) row.append(` (${quantity(low[k][chart.at])} to ${quantity(high[k][chart.at])})`);
      return row;
    }).filter((row) => row);
    if (chart.figure.classList.contains('stacked')) rows.reverse();
    box.replaceChildren(head, ...rows);
    box.classList.add('on');
    const frame = chart.svg.getBoundingClientRect(), px = frame.left + part * frame.width;
    const left = px + box.offsetWidth + 24 < document.documentElement.clientWidth ? px + 12 : px - box.offsetWidth - 12;
    box.style.left = Math.max(4, left) + scrollX + 'px';
    box.style.top = frame.top + scrollY + 'px';
  }
  function hide(chart) {
    box.classList.remove('on');
    chart.rule.classList.add('off');
  }

  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    const svg = figure.querySelector('svg'), chart = data.charts[figure.dataset.chart], plot = figure.querySelector('.series');
    Object.assign(chart, {figure, svg, groups: [...plot.children], at: -1, view: chart.views[0], x: chart.x || data.weeks, upright: figure.classList.contains('upright')});
    chart.rule = element('line', {class: 'rule off', y1: 18, y2: svg.getAttribute('height') - 24});
    svg.append(chart.rule);
    svg.tabIndex = 0;
    const last = chart.x.length - 1;
    const position = (event) => {
      const frame = svg.getBoundingClientRect();
      const part = (event.clientX - frame.left) / frame.width;
      return chart.upright ? Math.floor(part * (last + 1)) : Math.round(part * last);
    };
    svg.addEventListener('pointermove', (event) => show(chart, position(event)));
    svg.addEventListener('pointerdown', (event) => show(chart, position(event)));
    svg.addEventListener('pointerleave', () => hide(chart));
    svg.addEventListener('blur', () => hide(chart));
    svg.addEventListener('keydown', (event) => {
      const from = chart.at < 0 ? last : chart.at;
      const to = {ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last}[event.key];
      if (event.key === 'Escape') hide(chart);
      if (to === undefined) return;
      event.preventDefault();
      show(chart, to);
    });
    const buttons = [...figure.querySelectorAll('.legend button')];
    buttons.forEach((button, i) => button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') === 'true';
      if (on && buttons.filter((other) => other.getAttribute('aria-pressed') === 'true').length === 1) return;
      button.setAttribute('aria-pressed', String(!on));
      chart.groups[i].classList.toggle('off', on);
    }));
    const chooser = figure.querySelector('select');
    if (chooser) chooser.addEventListener('change', () => {
      choose(chart, chooser.selectedIndex);
      figure.querySelector('.chosen').textContent = chooser.options[chooser.selectedIndex].textContent;
    });
  }

  // Tables: a click on a heading sorts, another one reverses the order.
  for (const table of document.querySelectorAll('table.sortable')) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].querySelectorAll('th')];
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
