"""The page of a pack: one HTML file with its style and its few lines of script inside, sound beside it.

It opens by a double-click from any folder or drive, in light and dark, in the language it was made in, and
asks the
network for nothing. Every text of the archive is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.tables import FORBIDDEN
from qaapp.words import Verdict

if TYPE_CHECKING:
    from qaapp.archive.packs import Entry

STYLE = """
:root{color-scheme:light
dark;--bg:#F3F4F6;--panel:#fff;--ink:#1A1D21;--ink2:#545B66;--line:#E2E5E9;--control:#B9C0CA;
--accent:#2450B0;--now:#E6EDFB;--good:#0B7F86;--bad:#B4432F}
@media (prefers-color-scheme:dark){:root{--bg:#16181B;--panel:#1D2024;--ink:#E7E9EC;--ink2:#A9B0BB;--line:#2D3137;
--control:#565E6A;--accent:#8FB2F8;--now:#24344F;--good:#55C3C7;--bad:#EF8C79}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 Inter,"Segoe UI","Noto Sans","DejaVu
Sans",sans-serif;
font-variant-numeric:tabular-nums}
header{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:4px
16px;align-items:center;padding:12px 24px;
background:var(--panel);border-bottom:1px solid var(--line)}
h1{margin:0;font-size:20px}h2{margin:32px 24px
8px;font-size:17px}h3{margin:0;font-size:15px;overflow-wrap:anywhere}
header p{margin:0;color:var(--ink2)}header .keys{margin-left:auto;font-size:13px}
button{font:inherit;color:var(--panel);background:var(--ink);border:0;border-radius:6px;padding:6px
14px;cursor:pointer}
button:focus-visible,article:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.stage{display:grid;grid-template-columns:1fr 1fr;margin:0 24px;background:var(--panel);border:1px solid var(--line)}
.column+.column{border-left:1px solid var(--line)}
.column>p{margin:0;padding:8px 16px;color:var(--ink2);border-bottom:1px solid var(--line)}
.best>p b{color:var(--good)}.worst>p b{color:var(--bad)}
article{padding:12px 16px;border-left:3px solid transparent;border-bottom:1px solid var(--line)}
article.now{background:var(--now);border-left-color:var(--accent)}
.top{display:flex;gap:12px;justify-content:space-between}
.top span,.meta{color:var(--ink2)}article p{margin:4px 0;white-space:pre-line;overflow-wrap:anywhere}
.meta{font-size:13px}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:6px 0}
dt{color:var(--ink2)}dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}
dd.should{font-weight:600}audio{width:100%;height:40px;margin-top:6px}.problem{color:var(--bad)}
footer{padding:24px;color:var(--ink2);font-size:13px}
@media (max-width:800px){.stage{grid-template-columns:1fr;margin:0 8px}.column+.column{border-left:0}
h2{margin:24px 8px 8px}header{padding:12px 8px}header .keys{display:none}}
@media print{header{position:static}audio,button,.keys{display:none}article{break-inside:avoid}}
"""

SCRIPT = """
(function(){
var all=[].slice.call(document.querySelectorAll("article")).filter(function(a){return
a.querySelector("audio")});
var row=document.getElementById("row"),inRow=false,at=-1;
function sound(i){return all[i].querySelector("audio")}
function
choose(i){if(i<0||i>=all.length)return;if(at>=0){all[at].classList.remove("now");if(at!==i)sound(at).pause()}
at=i;all[i].classList.add("now")}
function show(){all[at].scrollIntoView({block:"nearest"})}
function play(i){choose(i);show();var done=sound(i).play();if(done&&done.catch)done.catch(function(){})}
function label(){row.textContent=inRow?WORDS.stop:WORDS.start}
row.addEventListener("click",function(){inRow=!inRow;if(inRow)play(at<0||at===all.length-1&&sound(at).ended?0:at);
else if(at>=0)sound(at).pause();label()});
all.forEach(function(a,i){var s=sound(i);
s.addEventListener("play",function(){if(at!==i)choose(i)});
s.addEventListener("ended",function(){if(!inRow)return;if(i+1<all.length){sound(i+1).currentTime=0;play(i+1)}
else{inRow=false;label()}})});
document.addEventListener("keydown",function(e){if(!all.length||e.ctrlKey||e.altKey||e.metaKey)return;
var s=at>=0?sound(at):null,k=e.key;
if(k===" "||k==="k"){if(e.target===row)return;if(!s)play(0);else if(s.paused)play(at);else s.pause()}
else if(k==="ArrowDown"){var p=s&&!s.paused;choose(Math.min(at+1,all.length-1));show();if(p)play(at)}
else if(k==="ArrowUp"){var q=s&&!s.paused;choose(Math.max(at-1,0));show();if(q)play(at)}
else if(k==="ArrowLeft"&&s)s.currentTime=Math.max(0,s.currentTime-5);
else if(k==="ArrowRight"&&s)s.currentTime=Math.min(s.duration||0,s.currentTime+5);
else return;e.preventDefault();if(e.target.tagName==="AUDIO")e.stopPropagation()},true);
if(!all.length)row.hidden=true;label()
})();
"""


def page(entries: Sequence[Entry], zone: ZoneInfo, made_at: datetime) -> str:
    """The whole document. ``entries`` stand together by stage, the best before the worst."""
    title = _text(_("Training archive"))
    count = ngettext("{n} example", "{n} examples", len(entries)).format(n=len(entries))
    keys = _("Space plays and pauses · ↑ ↓ other example · ← → 5 seconds")
    words = {"start": _("Play one after another"), "stop": _("Stop")}
    script = f"var WORDS={_json(words)};{SCRIPT}"
    body = "".join(_stage(stage, list(group), zone) for stage, group in _stages(entries))
    notes = []
    if any(entry.beeps and entry.file for entry in entries):
        notes.append(_("Personal data is covered by a tone."))
    notes.append(_("Made by qaapp, {moment}.").format(moment=i18n.moment(made_at, zone, year=True)))
    return (
        f'<!DOCTYPE html>\n<html lang="{i18n.language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<header><h1>{title}</h1><p>{_text(count)}</p><button id="row" type="button">{_text(words["start"])}</button>'
        f'<p class="keys">{_text(keys)}</p></header>\n<main>\n{body}</main>\n'
        f"<footer>{_text(' '.join(notes))}</footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _stages(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.item.stage, []).append(entry)
    return list(groups.items())


def _stage(stage: str, entries: list[Entry], zone: ZoneInfo) -> str:
    columns = ""
    for verdict, heading in ((Verdict.BEST, _("Best")), (Verdict.WORST, _("Worst"))):
        chosen = [entry for entry in entries if entry.item.verdict is verdict]
        articles = "".join(_article(entry, zone) for entry in chosen)
        head = f"<p><b>{_text(heading)}</b> {len(chosen)}</p>"
        columns += f'<div class="column {verdict.value}">{head}\n{articles}</div>\n'
    name = _text(stage or _("Without a stage"))
    return f'<section>\n<h2>{name}</h2>\n<div class="stage">\n{columns}</div></section>\n'


def _article(entry: Entry, zone: ZoneInfo) -> str:
    item = entry.item
    length = i18n.duration(None if item.duration_ms is None else item.duration_ms / 1000)
    parts = [f'<div class="top"><h3>{_text(entry.title)}</h3><span>{_text(length)}</span></div>']
    if item.reason:
        parts.append(f"<p>{_text(item.reason)}</p>")
    phrases = [
        f'<dt>{_text(name)}</dt><dd class="{style}">{_text(text)}</dd>'
        for name, style, text in (
            (_("Said"), "said", item.said),
            (_("Should have said"), "should", item.should_have_said),
        )
        if text
    ]
    if phrases:
        parts.append(f"<dl>{''.join(phrases)}</dl>")
    facts = [item.manager or _("Not assigned"), i18n.moment(item.started_at, zone, year=True), entry.customer]
    if item.owner:
        facts.append(_("chosen by {name}").format(name=item.owner))
    parts.append(f'<p class="meta">{_text(" · ".join(fact for fact in facts if fact))}</p>')
    if entry.file:
        source, label = _text(quote(entry.file)), _text(entry.title)
        parts.append(f'<audio controls preload="none" src="{source}" aria-label="{label}"></audio>')
    else:
        parts.append(f'<p class="problem">{_text(entry.problem)}</p>')
    return f'<article id="e{entry.number}">\n' + "\n".join(parts) + "\n</article>\n"


def _text(text: str) -> str:
    """Escaped for content and for quoted attributes, without what no file can hold."""
    return escape(FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")), quote=True)


def _json(values: dict[str, str]) -> str:
    return (
        json.dumps(values, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "")
        .replace("\u2029", "")
    )
