"""German: asking not to be called, what else a lead may want, and the words too common to matter."""

from callcenter.domain.language.phrase import Language, say

_REST = r"[^.!?,;]{0,60}"
_TIME = r"(?:heute|jetzt|vor|bis|morgen|abends|gerade|so (?:fruh|spat)|am|wahrend|mittags|um|nach|zwischen|sonntags|nachts)"
# How a sentence goes on when "rufen Sie mich nicht an" was all of the order.
_ON = (
    r"(?!,? (?:bevor|solange|wenn|bis|ehe|vor|ausser|es sei)\b)"
    r"(?= *(?:$|[.!?,;:—–-]|(?:bitte|danke|und|oder|weil|sonst|verstanden|okay|ok|unter (?:dieser|meiner))\b))"
)
_NOT = r"\bnicht(?: gesagt)?,?(?: dass)?(?: sie)?"
_TODAY = r"\b(?:heute|jetzt|gerade|abends|sonntags|morgen)(?: bitte)?"
_FILL = "(?:(?:mich|uns|hier|bitte|ja|doch|bloss|endlich) )*"
_LIST = r"(?:von|aus) (?:ihrer|der|ihren|den|dieser|ihrem|allen) \w*(?:liste|listen|datei|datenbank|system|verteiler)"
_OUT = "(?:streichen|loschen|nehmen|entfernen|tragen) sie"

_STOP = (
    say(
        "ruf|rufe|ruft|rufen sie",
        rf"{_FILL}(?:nicht|nie)(?! {_TIME}\b)(?: (?:mehr|wieder|mal))*(?! {_TIME}\b)(?: an)?{_ON}",
    ),
    say("kontaktieren sie|belastigen sie|storen sie", rf"{_FILL}(?:nicht|nie)(?! {_TIME}\b)(?: (?:mehr|wieder))?{_ON}"),
    say("nicht mehr|nicht wieder|nie mehr|nie wieder", rf"anrufen{_ON}", unless_after=_TODAY),
    say("nicht|nie", rf"(?:(?:mehr|wieder|von ihnen) )*(?:angerufen|kontaktiert|belastigt) werden{_ON}", unless_after=_TODAY),
    say("keine weiteren|keine anrufe", rf"(?:anrufe|mehr){_ON}"),
    say(
        "will|mochte|wunsche|wollen|mochten",
        rf"keine (?:weiteren |werbe)?anrufe(?: mehr)?(?! {_TIME}\b)",
        unless_after=_NOT,
    ),
    say(
        "will nicht|mochte nicht|wunsche nicht",
        rf",? ?dass sie (?:mich|uns|hier) (?:(?:noch|einmal|mal|wieder) )*anrufen{_ON}",
    ),
    say("will nicht,|mochte nicht,", rf"dass sie (?:mich|uns|hier) (?:(?:noch|einmal|mal|wieder) )*anrufen{_ON}"),
    say(
        "horen sie|hor|hort",
        r"(?:(?:bitte|endlich|doch|jetzt) )*auf,? (?:(?:mich|uns|hier|standig|immer) )*"
        r"(?:anzurufen|zu belastigen|zu nerven|damit|mit (?:den|diesen|ihren) anrufen)",
    ),
    say(
        "streichen sie|loschen sie|nehmen sie|entfernen sie",
        rf"(?:bitte )?(?:mich|uns|meine nummer|meinen namen) (?:bitte )?{_LIST}",
    ),
    say("loschen sie|streichen sie", "(?:bitte )?(?:meine (?:telefonnummer|nummer|daten|kontaktdaten)|meinen namen)"),
    say("lassen sie|lasst|lass", "(?:mich|uns) (?:(?:bitte|endlich|doch) )*in ruhe"),
    say("unterlassen sie|unterlasst", "(?:(?:bitte|diese|weitere|die|ihre) )*anrufe"),
    say("robinsonliste|robinson"),
)
_BOOK = (
    say("termin", "(?:vereinbaren|machen|buchen|ausmachen|haben|reservieren)", unless_after=r"\bkein(?:en)?"),
    say("mochte|brauche|will|nehme|hatte", "(?:gern |gerne )?(?:einen|den) termin", unless_after=_NOT),
    say(
        "montag|dienstag|mittwoch|donnerstag|freitag|samstag|morgen",
        r"[^.!?;]{0,30}(?:passt|geht|ist gut|klappt)(?! nicht)",
    ),
)
_BUY = (
    say("mochte|wurde|will", "(?:(?:es|das|gern|gerne|eine|ein|einen) )*(?:kaufen|bestellen)"),
    say("ich nehme", "(?:es|das|eins)"),
    say("ich bestelle"),
)
_LEARN_MORE = (
    say("mehr", "(?:informationen|infos|daruber|details|wissen|erfahren)", unless_after=_NOT),
    say("was kostet|wie teuer|wie funktioniert|wie viel kostet|worum geht"),
    say("interessiert mich|bin interessiert|klingt interessant|ich interessiere mich"),
    say("schicken sie|senden sie", "(?:mir|uns)"),
)
_CALL_BACK = (
    say(
        "ruf|rufe|ruft|rufen sie",
        rf"(?:(?:mich|uns|bitte|doch) )*(?:spater|morgen|nachher|am|um|nachste|heute|in|zuruck)\b{_REST}",
    ),
    say("zuruckrufen|ruckruf"),
    say("keine zeit|bin gerade|passt gerade nicht|passt jetzt nicht|jetzt ist schlecht|gerade schlecht"),
    say("mich nicht|uns nicht", rf"{_TIME}\b{_REST}"),
)
_DECLINE = (
    say("kein interesse|nicht interessiert", maybe=_REST),
    say("interessiert mich nicht|interessiert uns nicht"),
    say("nein danke|nein, danke|nein vielen dank|nein, vielen dank"),
    say("brauche|will|mochte|brauchen", rf"(?:(?:ich|wir|das|es|so etwas) )*(?:nicht|nichts|kein|keine|keinen)\b{_REST}"),
    say("habe ich|haben wir|ich habe|wir haben", "(?:schon|bereits)"),
    say("zu teuer"),
)
_WRONG_PERSON = (
    say("falsche|falschen|falsch", "(?:nummer|person|verbunden)"),
    say("verwahlt"),
    say("gibt es|wohnt|arbeitet", "hier nicht"),
    say("hier gibt es|hier wohnt", r"kein\w*"),
    say("bin ich nicht"),
)
_COMPLAIN = (
    say("beschwere|beschweren|beschwerde|unverschamt|unverschamtheit|frechheit|belastigung|betrug|abzocke|anzeige|anwalt"),
    say("nase voll"),
)

_STOP_WORDS = """
ab aber ach ah alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist
bitte da dabei dafür daher damit danach danke dann daran darauf darf das dass davon dazu dein deine dem den denn der
des deshalb dich die dies diese diesem diesen dieser dieses dir doch dort du durch eben ein eine einem einen einer
eines einfach einmal er es etwas euch euer falls frau für ganz gar gegen gehen geht genau gerade gern gerne gibt
gleich gut guten habe haben hallo hat hatte herr hier hin hm hätte hätten ich ihm ihn ihnen ihr ihre ihrem ihren ihrer
im immer in ins irgendwie ist ja jede jeden jeder jetzt kann kannst kein keine keinen können könnte könnten leider
machen macht mal man mehr mein meine meinem meinen meiner mich mir mit morgen muss möchte möchten müssen na nach
natürlich ne nee nein nicht nichts noch nun nur ob oder oh ohne ok okay schon sehr sein seine seit selbst sich sicher
sie sind so sofort sollen sollte sondern sonst tag tschüss um und uns unser unsere unter viel viele vielen vielleicht
vom von vor wann war waren warum was weil weiter weiß welche wenn wer werde werden wie wieder wiederhören will wir
wird wirklich wo wohl wollen worden wurde wäre würde würden zu zum zur zwar zwei zwischen äh ähm über
"""

GERMAN = Language(
    code="de",
    stop_words=frozenset(_STOP_WORDS.split()),
    phrases={
        "stop": _STOP,
        "book": _BOOK,
        "buy": _BUY,
        "learn_more": _LEARN_MORE,
        "call_back": _CALL_BACK,
        "decline": _DECLINE,
        "wrong_person": _WRONG_PERSON,
        "complain": _COMPLAIN,
    },
)
