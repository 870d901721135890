/**
 * The eighty characters that GBK kept in its private zone, U+E815 to U+E864 in order, under the
 * code points they have now (GB 18030, rows FE50 to FEA0). Cards made before still carry the private
 * ones, for which no font has a shape.
 */
const NOW = [
  ...'⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱',
  ...'䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻',
]
const FIRST = 0xe815

/** A name as it can be drawn; what is stored and sent stays as the card has it. */
export function drawnName(name: string): string {
  return name.replace(/[\ue815-\ue864]/g, (char) => NOW[char.charCodeAt(0) - FIRST] ?? char)
}
