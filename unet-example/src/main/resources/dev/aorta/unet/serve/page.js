'use strict';
const file = document.getElementById('file');
const drop = document.getElementById('drop');
const token = document.getElementById('token');
const status = document.getElementById('status');
const results = document.getElementById('results');

/** An element with a text; texts never become markup. */
function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

function picture(address, alt, caption, parent) {
  const figure = element('figure', '', parent);
  const image = element('img', '', figure);
  image.src = address;
  image.alt = alt;
  element('figcaption', caption, figure);
}

function size(pixels, area) {
  return area === null ? pixels + ' pixels' : area.toFixed(1) + ' mm\u00b2 (' + pixels + ' pixels)';
}

function show(name, answer) {
  for (const slice of answer.slices) {
    const title = answer.slices.length === 1 ? name : name + ', slice ' + (slice.slice + 1);
    element('h2', title, results);
    const part = element('div', '', results);
    part.className = 'slice';
    const areas = slice.structures.map(s => 'class ' + s.class + ': ' + size(s.pixels, s.area_mm2)).join(', ');
    picture(slice.overlay, 'The slice and the contour. ' + (areas || 'Nothing was found.'), 'The contour in magenta', part);
    picture(slice.uncertainty, 'Where the network is unsure', 'Yellow: the network cannot decide', part);
    const list = element('dl', '', part);
    for (const s of slice.structures) {
      element('dt', slice.structures.length === 1 ? 'Area' : 'Area of class ' + s.class, list);
      element('dd', size(s.pixels, s.area_mm2), list);
    }
    if (slice.structures.length === 0) {
      element('dt', 'Area', list);
      element('dd', 'nothing was found', list);
    }
    element('dt', 'Uncertain', list);
    element('dd', size(slice.uncertain_pixels, slice.uncertain_area_mm2), list);
    element('dt', 'Model', list);
    element('dd', answer.model + ' ' + answer.version, list);
  }
}

async function segment(files) {
  results.replaceChildren();
  let done = 0;
  for (const f of files) {
    status.textContent = 'Segmenting ' + (done + 1) + ' of ' + files.length + ' \u2026';
    try {
      const headers = token.value ? {Authorization: 'Bearer ' + token.value} : {};
      const response = await fetch('/v1/segment?pictures=true', {method: 'POST', body: f, headers});
      const answer = await response.json();
      if (response.status === 401) {
        document.getElementById('key').hidden = false;
        token.focus();
      }
      if (!response.ok) throw new Error(answer.error);
      show(f.name, answer);
    } catch (e) {
      const failed = element('p', f.name + ': ' + e.message, results);
      failed.className = 'error';
    }
    done++;
  }
  status.textContent = done === 1 ? 'One file is done.' : done + ' files are done.';
  file.value = '';
}

file.addEventListener('change', () => segment([...file.files]));
for (const kind of ['dragenter', 'dragover']) {
  drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.add('over'); });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', e => {
  e.preventDefault();
  drop.classList.remove('over');
  segment([...e.dataTransfer.files]);
});
