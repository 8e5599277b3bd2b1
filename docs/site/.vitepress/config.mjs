// The documentation as a site; docs/site/build makes it. The pages are the Markdown files of docs, which need nothing of this.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

const docs = resolve(import.meta.dirname, '../..')
const root = resolve(docs, '..')
/** Where links to sources lead, such as https://forge.example/aorta/blob/main; without it they are plain text. */
const forge = process.env.AORTA_FORGE

const title = page => readFileSync(resolve(docs, page + '.md'), 'utf8').match(/^# (.*)$/m)[1].replaceAll('`', '')
const items = pages => pages.map(page => ({ text: title(page), link: '/' + page }))
const groups = {
  'Use it': ['concepts', 'library', 'examples', 'compare', 'migration', 'extending', 'zoo', 'onnx', 'weights', 'gpu', 'cluster', 'performance', 'errors', 'faq'],
  'The cardiac U-Net': ['guide', 'tutorial', 'results', 'explain', 'serving', 'monitoring', 'trust', 'file-formats', 'privacy'],
  'Trust it': ['reliability', 'reliability-files', 'benchmarks', 'benchmarking'],
  'Read it': ['architecture', 'releasing'],
}
const listed = new Set(Object.values(groups).flat())
const others = readdirSync(docs).filter(f => f.endsWith('.md')).map(f => f.slice(0, -3)).filter(p => !listed.has(p))
const decisions = readdirSync(resolve(docs, 'decisions')).map(f => 'decisions/' + f.slice(0, -3)).sort()

/** Links to what is not a page lead to the forge where its address is given, and are text otherwise. */
function asOnAForge(md) {
  const open = md.renderer.rules.link_open ?? ((tokens, i, options, env, self) => self.renderToken(tokens, i, options))
  md.core.ruler.push('outside', state => {
    for (const token of state.tokens.flatMap(t => t.children ?? [])) {
      const href = token.type === 'link_open' && token.attrGet('href')
      if (!href || /^(\w+:|#|\/)/.test(href)) continue
      const from = dirname(resolve(docs, state.env.relativePath))
      let target = resolve(from, href.split('#')[0])
      if (state.env.relativePath === 'index.md' && !existsSync(target)) target = resolve(root, href) // of the README
      if (target.endsWith('.md') && ['', 'decisions'].includes(relative(docs, dirname(target)))) continue
      if (!existsSync(target)) throw new Error(`${state.env.relativePath}: ${href} leads nowhere`)
      const path = relative(root, target)
      if (forge) token.attrSet('href', `${forge}/${path}`)
      else if (path === 'README.md') token.attrSet('href', '/')
      else Object.assign(token, { tag: 'span', attrs: [['title', path]] })
    }
  })
  // indented blocks are shown as fenced ones are
  md.renderer.rules.code_block = (tokens, i, options, env, self) => {
    tokens[i].info = 'sh'
    return md.renderer.rules.fence(tokens, i, options, env, self)
  }
  md.renderer.rules.link_open = (tokens, i, options, env, self) => {
    if (tokens[i].tag === 'span') {
      for (let k = i, depth = 0; k < tokens.length; k++) {
        depth += tokens[k].type === 'link_open' ? 1 : tokens[k].type === 'link_close' ? -1 : 0
        if (depth === 0) { tokens[k].tag = 'span'; break }
      }
      return self.renderToken(tokens, i, options)
    }
    return open(tokens, i, options, env, self)
  }
}

export default {
  title: 'Aorta',
  description: 'Deep learning in pure Java, kernels written by hand',
  srcDir: 'target/pages',
  outDir: 'target/site',
  cacheDir: 'target/cache',
  cleanUrls: false,
  markdown: { config: asOnAForge, math: false },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      ...Object.entries(groups).map(([text, pages]) => ({ text, items: items(pages) })),
      ...(others.length ? [{ text: 'More', items: items(others) }] : []),
      { text: 'Decisions', collapsed: true, items: items(decisions) },
    ],
  },
}
