'use strict';
const part = id => document.getElementById(id);
const results = part('results');
const chosen = {images: [], experts: []};

/** An element with a text; texts never become markup. */
function element(name, text, parent, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function drawn(name, attributes, parent, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

function picture(address, alt, caption, parent) {
  if (!address) return;
  const figure = element('figure', '', parent);
  const image = element('img', '', figure);
  image.src = address;
  image.alt = alt;
  element('figcaption', caption, figure);
}

function size(pixels, area) {
  return area === null ? pixels + ' pixels' : area.toFixed(1) + ' mm\u00b2 (' + pixels + ' pixels)';
}

function term(name, value, list) {
  element('dt', name, list);
  element('dd', value, list);
}

function measure(m, unit) {
  if (!m || m.value === null) return '\u2013';
  return m.value.toFixed(1) + (m.sd === null ? '' : ' \u00b1 ' + m.sd.toFixed(1)) + ' ' + unit;
}

function numbers(series) {
  const list = element('div', '', results, 'numbers');
  const all = [['End-diastolic volume', 'edv_ml', 'ml'], ['End-systolic volume', 'esv_ml', 'ml'],
    ['Stroke volume', 'sv_ml', 'ml'], ['Ejection fraction', 'ef_percent', '%'], ['Mass of the wall', 'mass_g', 'g']];
  for (const [title, name, unit] of all) {
    const of = holder => typeof holder[name] === 'number' ? {value: holder[name], sd: null} : holder[name];
    if (name === 'mass_g' && series.mass_g === null) continue;
    const box = element('div', title, list);
    element('b', measure(of(series), unit), box);
    if (series.expert) element('span', 'expert: ' + measure(of(series.expert), unit), box, 'soft');
  }
}

/** The volume over the beat. */
function curve(series) {
  const known = series.curve_ml.filter(v => v !== null);
  if (known.length < 2) return;
  const most = Math.max(...known);
  const timed = series.times_ms.length === series.curve_ml.length;
  const time = i => timed ? series.times_ms[i] : i;
  const end = time(series.curve_ml.length - 1) || 1;
  const x = i => 40 + 440 * time(i) / end;
  const y = v => 150 - 130 * v / most;
  const figure = element('figure', '', results);
  const label = 'Volume over the beat: ' + most.toFixed(1) + ' ml at most, ' + Math.min(...known).toFixed(1) + ' ml at least';
  const svg = drawn('svg', {viewBox: '0 0 500 180', role: 'img', 'aria-label': label}, figure);
  drawn('path', {d: 'M40 10V150H490', fill: 'none', class: 'axis'}, svg);
  const points = series.curve_ml.map((v, i) => v === null ? '' : x(i).toFixed(1) + ',' + y(v).toFixed(1));
  drawn('polyline', {points: points.join(' ')}, svg);
  for (const phase of [series.end_diastole, series.end_systole]) {
    drawn('circle', {cx: x(phase), cy: y(series.curve_ml[phase]), r: 4}, svg);
  }
  drawn('text', {x: 4, y: 24}, svg, most.toFixed(0) + ' ml');
  drawn('text', {x: 20, y: 154}, svg, '0');
  drawn('text', {x: 420, y: 172}, svg, timed ? end.toFixed(0) + ' ms' : 'phase ' + end);
  element('figcaption', 'Volume over the beat; the dots are end-diastole and end-systole', figure);
}

/** One slice: its pictures and numbers. */
function slice(s, title, parent) {
  parent.replaceChildren();
  const shown = element('div', '', parent, 'pictures');
  const areas = s.structures.map(c => 'class ' + c.class + ': ' + size(c.pixels, c.area_mm2)).join(', ') || 'nothing was found';
  picture(s.overlay, title + '. ' + areas + '.', s.expert ? 'Magenta: the network. Green: the expert.' : 'The contour in magenta', shown);
  picture(s.uncertainty, title + ': where the network is unsure', 'Yellow: the network cannot decide', shown);
  picture(s.explanation, title + ': what the network looked at', 'Yellow: what speaks most for the mask (Seg-Grad-CAM)', shown);
  const list = element('dl', '', shown);
  for (const c of s.structures) term(s.structures.length === 1 ? 'Area' : 'Area of class ' + c.class, size(c.pixels, c.area_mm2), list);
  if (s.structures.length === 0) term('Area', 'nothing was found', list);
  if ('uncertain_pixels' in s) term('Uncertain', size(s.uncertain_pixels, s.uncertain_area_mm2), list);
  if (s.expert) {
    term('Expert\u2019s area', size(s.expert.pixels, s.expert.area_mm2), list);
    term('Dice', s.expert.dice === null ? '\u2013' : s.expert.dice.toFixed(3), list);
  }
}

/** The slices that have pictures, one at a time. */
function viewer(answer, names) {
  const all = answer.slices.filter(s => s.overlay);
  const ends = answer.series ? [answer.series.end_diastole, answer.series.end_systole] : all.map(s => s.phase);
  const phases = [...new Set(ends)];
  const choice = element('div', '', results, 'choice');
  const view = element('div', '', results);
  const range = document.createElement('input');
  let phase = phases[0];
  const beat = p => answer.series && p === answer.series.end_diastole ? 'end-diastole' : 'end-systole';
  const show = () => {
    const here = all.filter(s => s.phase === phase);
    const s = here[Number(range.value) - 1];
    const name = phase === undefined && names.length === answer.slices.length ? names[s.slice] : 'slice ' + range.value + ' of ' + here.length;
    const title = phase === undefined || !answer.series ? name : name + ', ' + beat(phase);
    range.setAttribute('aria-valuetext', title);
    text.textContent = title;
    slice(s, title, view);
  };
  if (answer.series) {
    for (const p of phases) {
      const label = element('label', '', choice);
      const radio = element('input', '', label);
      radio.type = 'radio';
      radio.name = 'phase';
      radio.id = beat(p);
      radio.checked = p === phase;
      radio.addEventListener('change', () => { phase = p; show(); });
      label.append(' ' + beat(p));
    }
  }
  const label = element('label', 'Slice ', choice);
  label.append(range);
  range.type = 'range';
  range.id = 'slice';
  range.min = 1;
  range.max = all.filter(s => s.phase === phase).length;
  range.value = Math.ceil(range.max / 2);
  label.hidden = range.max === '1';
  const text = element('b', '', choice);
  range.addEventListener('input', show);
  show();
}

/** Sends everything that was chosen. */
async function ask(query, accept) {
  const form = new FormData();
  for (const f of chosen.images) form.append('image', f, f.name);
  for (const f of chosen.experts) form.append('expert', f, f.name);
  const headers = {Accept: accept};
  if (part('token').value) headers.Authorization = 'Bearer ' + part('token').value;
  if (part('model').value) query.push('model=' + encodeURIComponent(part('model').value));
  const response = await fetch('/v1/segment?' + query.join('&'), {method: 'POST', body: form, headers});
  if (response.status === 401) {
    part('key').hidden = false;
    part('token').focus();
  }
  if (!response.ok) throw new Error((await response.json()).error);
  return response;
}

function say(text) {
  part('status').textContent = text;
}

function fail(e) {
  say('It failed.');
  element('p', e.message, results, 'error');
}

function download(title, accept, file) {
  const button = element('button', title, results.lastChild, 'second');
  button.type = 'button';
  button.addEventListener('click', async () => {
    button.disabled = true;
    say('Making ' + file + ' \u2026');
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await (await ask([], accept)).blob());
      link.download = file;
      link.click();
      URL.revokeObjectURL(link.href);
      say(file + ' is made.');
    } catch (e) {
      fail(e);
    }
    button.disabled = false;
  });
}

function show(answer) {
  const series = answer.series;
  if (answer.series_problem) element('p', 'No volumes: ' + answer.series_problem, results, 'note');
  element('h2', series ? 'Patient ' + series.patient : 'Result', results);
  if (series) {
    numbers(series);
    curve(series);
  }
  viewer(answer, chosen.images.map(f => f.name));
  element('p', 'Model ' + answer.model + ' ' + answer.version, results, 'soft');
  element('div', '', results, 'choice');
  download('Download DICOM segmentation', 'application/dicom', 'segmentation.dcm');
  if (series) download('Download report', 'text/html', 'report.html');
}

async function segment() {
  results.replaceChildren();
  part('go').disabled = true;
  say('Segmenting ' + chosen.images.length + (chosen.images.length === 1 ? ' file \u2026' : ' files \u2026'));
  try {
    const query = ['pictures=true', 'uncertainty=' + part('uncertainty').checked];
    if (part('explain').checked) query.push('explain=gradcam');
    show(await (await ask(query, 'application/json')).json());
    say('Done.');
  } catch (e) {
    fail(e);
  }
  part('go').disabled = false;
}

/** Takes files; texts are an expert's contours wherever they lie. */
function take(files, experts) {
  const seen = [...files].filter(f => !f.name.startsWith('.'));
  const texts = seen.filter(f => experts || f.name.toLowerCase().endsWith('.txt'));
  const images = seen.filter(f => !texts.includes(f));
  if (images.length) chosen.images = images;
  if (images.length || experts) chosen.experts = texts;
  else if (texts.length) chosen.experts = texts;
  part('go').disabled = chosen.images.length === 0;
  say(chosen.images.length + ' images' + (chosen.experts.length ? ' and ' + chosen.experts.length + ' contours' : '') + ' chosen.');
}

/** The files of what was dropped, and of folders in it. */
async function entries(items) {
  const files = [];
  const walk = async entry => {
    if (entry.isFile) {
      files.push(await new Promise((done, failed) => entry.file(done, failed)));
    } else {
      const reader = entry.createReader();
      for (let more = [null]; more.length;) {
        more = await new Promise((done, failed) => reader.readEntries(done, failed));
        for (const inner of more) await walk(inner);
      }
    }
  };
  for (const entry of [...items].map(i => i.webkitGetAsEntry()).filter(e => e)) await walk(entry);
  return files;
}

part('file').addEventListener('change', e => take(e.target.files, false));
part('folder').addEventListener('change', e => take(e.target.files, false));
part('expert').addEventListener('change', e => take(e.target.files, true));
part('ask').addEventListener('submit', e => {
  e.preventDefault();
  segment();
});
const drop = part('drop');
for (const kind of ['dragenter', 'dragover']) {
  drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.add('over'); });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', async e => {
  e.preventDefault();
  drop.classList.remove('over');
  take(await entries(e.dataTransfer.items), false);
});
fetch('/v2/repository/index', {method: 'POST'}).then(r => r.ok ? r.json() : []).then(all => {
  const names = [...new Set(all.map(m => m.name))];
  for (const name of names) element('option', name, part('model'));
  part('models').hidden = names.length < 2;
}).catch(() => {});
