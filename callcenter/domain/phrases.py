"""The phrases by which a lead's words are understood, per language: asking not to be called, and what they want.

Patterns are written for text as `plain` leaves it: lower case, no accents, straight apostrophes, "don't" as "do not".
A phrase counts unless what stands directly before it turns it round: "stop calling me" asks for an end, "don't stop calling
me" does not. And an order is only understood where the sentence ends or goes on in a known way, since "don't call me before
nine" and "don't call me Bob" look the same up to there.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something: what is looked for, and what may not stand directly before it."""

    pattern: re.Pattern[str]
    unless_after: re.Pattern[str] | None = None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where `text`, as `plain` leaves it, says so."""
        for match in self.pattern.finditer(text):
            if not (self.unless_after and self.unless_after.search(text, max(0, match.start() - 60), match.start())):
                yield match.span()


def plain(text: str) -> str:
    """Text as the patterns expect it."""
    straight = re.sub("[’‘`´ʼ]", "'", text)
    bare = "".join(c for c in unicodedata.normalize("NFKD", straight) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", re.sub(r"\bdo ?n'?t\b", "do not", bare.casefold())).strip()


def _phrases(*patterns: str, unless_after: str = "") -> tuple[Phrase, ...]:
    before = re.compile(rf"(?:{unless_after}) ?$") if unless_after else None
    return tuple(Phrase(re.compile(rf"(?<!\w)(?:{each})(?!\w)"), before) for each in patterns)


# English

_EN_TIME = (
    r"(?:to(?:day|night|morrow)|now|right|until|till|before|after|unless|if|at \d|on \w+days?|in the|this|next|for a)"
)
_EN_CALL = r"(?:call|phone|ring|contact|dial|bother)"
_EN_CALLING = r"(?:(?:call|phon|ring|contact|dial+|bother|harass|pester)ing)"
_EN_WHOM = (
    r"(?:me|us|here|him|her|them|(?:my|our|this|that|the) (?:number|phone|cell|mobile|line|home|house|office|wife|"
    r"husband|mother|mom|mum|father|dad|family))"
)
_EN_ON = (
    rf"(?= *(?:$|[.!?,;:—–-]|(?:(?:ever )?(?:again|any ?more|back)(?! {_EN_TIME}\b)|ever|please|at all|no more|here|ok|"
    r"okay|thanks?|and|or|because|cause|since|i|with|about|for(?:ever| good| any| this| that)|under any|period|whatsoever|"
    r"at (?:this|my|our|home)|on (?:this|my|our)|from now)\b))"
)
_EN_LIST = r"(?:(?:call(?:ing)?|phone|contact|marketing|mailing|dialing|telemarketing|your|whatever) )*(?:list|data ?base|system|records?|file)s?"
_EN_ME = r"(?:me|us|my (?:phone |cell )?number|my name|(?:this|our|that) (?:phone )?number)"
_EN_NOT = (
    r"(?:\bnot|n't|\bnever|\bno need)(?: ever)?(?: (?:to|want to|need to|have to|going to|mean to|say|said|saying|ask|asked|tell|told))?"
    r"(?: you)?(?: to)?"
)
_EN_TELLS = (
    r"(?<!told )(?<!tell )(?<!asked )(?<!ask )(?<!asking )(?<!telling )(?<!said )(?<!can )(?<!could )(?<!would )(?<!will )"
    r"\b(?:you|you guys|they|we|people|he|she|who|why|i)(?: just| really| still| always| even| usually)?"
)

_EN_STOP = _phrases(
    rf"(?:do not|never)(?: you)?(?: ever| dare)?(?: try to| please)? {_EN_CALL} {_EN_WHOM}{_EN_ON}",
    unless_after=rf"{_EN_NOT}|{_EN_TELLS}",
) + _phrases(
    rf"(?:do not|never)(?: you)?(?: ever| dare)? {_EN_CALL} {_EN_WHOM} (?:ever )?again(?! {_EN_TIME}\b)",
    rf"(?:stop|quit|cease) {_EN_CALLING}(?: {_EN_WHOM})?{_EN_ON}",
    rf"(?:take|remove|get|delete|scratch|strike|drop|erase) {_EN_ME} (?:off|from|out|outta)(?: of)?"
    rf"(?: (?:of|your|the|this|that|any|all))* {_EN_LIST}",
    rf"(?:put|add|place) {_EN_ME} (?:on|to|in)(?: (?:your|the|a))? (?:do[- ]not[- ]call|no[- ]call|dnc)",
    r"(?:on|in) (?:the|a|your)(?: national| federal| state)? (?:do[- ]not[- ]call|dnc)(?: (?:list|registry|register))?",
    r"lose (?:my|this|our) (?:phone )?number",
    rf"do not want (?:you|anyone|any of you|you guys|you people) (?:to (?:ever )?{_EN_CALL}|{_EN_CALLING})(?: {_EN_WHOM})?{_EN_ON}",
    rf"do not (?:want|wish|like) to (?:be|get|keep getting) (?:called|contacted|phoned|bothered){_EN_ON}",
    rf"do not (?:want|need)(?: to (?:get|receive))?(?: any)?(?: more)?(?: of)?(?: your| these)? (?:phone )?calls{_EN_ON}",
    rf"no more (?:phone |sales )?calls{_EN_ON}",
    rf"(?:to|you|please) not (?:to )?(?:ever )?{_EN_CALL} {_EN_WHOM}{_EN_ON}",
    r"opt(?: me| us)? out",
    r"unsubscribe(?: me| us)?",
    r"leave (?:me|us) alone",
    r"(?:revoke|withdraw) (?:my|our) consent",
    unless_after=_EN_NOT,
)

_EN_DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|next week|(?:the )?\d{1,2}(?:st|nd|rd|th)?)"
_EN_REST = r"(?:[^.!?,;]{0,80})"

_EN = {
    "stop": _EN_STOP,
    "book": _phrases(
        r"(?:book|schedule|reserve|arrange|set up|make) (?:me|us|it|that|this|one|an?|the|my)\b(?! (?:complaint|mistake|order|payment))",
        r"(?:like|want|love|need) (?:an appointment|to (?:book|schedule|reserve|come in))",
        rf"{_EN_DAY}(?: (?:morning|afternoon|evening))?(?: at [\w:. ]{{1,12}})? (?:works|is (?:good|fine|great|perfect)|sounds|suits)",
        rf"let'?s (?:do|say|make it) {_EN_DAY}",
        rf"see you (?:on |then|there|{_EN_DAY})",
        r"put me down for",
        unless_after=_EN_NOT,
    ),
    "buy": _phrases(
        r"(?:i'll|i will|i would like to|i want to|we'll|let me|ready to|i'd like to) (?:buy|order|purchase|take (?:it|one|two|that|the))",
        r"(?:like|want|ready) to (?:buy|order|purchase|sign up)",
        r"(?:take|here is|here's|charge) my (?:credit |debit )?card",
        r"sign (?:me|us) up",
        r"place (?:an|the|my) order",
        r"(?:i'll|i will|we'll) go (?:with|for)",
        unless_after=_EN_NOT,
    ),
    "learn_more": _phrases(
        r"tell me (?:more|about|a bit)",
        r"more (?:info|information|details)",
        r"how (?:does|do|would) (?:it|this|that|you) work",
        r"how (?:much|expensive)",
        r"what(?:'s| is| are| does| do) (?:the |your |it |this )?(?:price|cost|rate|fee|charge|offer)s?",
        r"(?:send|email|text) (?:me|us) (?:an? |the |some |your |more )?(?:email|info|information|details|brochure|link|text|website)",
        r"interested",
        r"(?:like|want|love) to (?:know|hear|learn|find out)",
        r"what(?:'s| is) (?:it|this|that) (?:all )?about",
        unless_after=_EN_NOT,
    ),
    "call_back": _phrases(
        rf"(?:call|phone|ring|try|reach)(?: (?:me|us))?(?: back)?(?: again)? (?:later|another|some other|after|at|on|in|{_EN_DAY}|to(?:night|day))",
        r"(?:call|phone|ring)(?: (?:me|us))? back",
        rf"do not call (?:me|us) (?:before|until|till|now|right now|after|at work){_EN_REST}",
        r"(?:not|is not|isn't) (?:a|the) (?:good|best|right) (?:time|moment)",
        r"bad time",
        r"(?:i'm|i am) (?:busy|driving|at work|in a meeting|in the middle)",
    ),
    "decline": _phrases(
        rf"not (?:\w+ )?interested{_EN_REST}",
        r"no,? thank(?:s| you)",
        rf"do not (?:want|need) {_EN_REST}",
        rf"no interest{_EN_REST}",
        r"(?:i'll|i will|going to|have to) pass",
        r"not for (?:me|us)",
        r"(?:i|we) already (?:have|got|use) (?:one|an?|someone|it|that)",
        r"too expensive|(?:cannot|can't) afford",
        r"(?:i'm|i am|we're|we are) all set",
    ),
    "wrong_person": _phrases(
        r"wrong (?:number|person|guy|house|party)",
        r"(?:no ?one|nobody|there(?:'s| is) no(?:body| one)?)[^.!?,;]{0,40} (?:that|this|by that|by this|with that) name",
        r"(?:does not|doesn't|no longer) (?:live|lives|work|works)(?: here| at)",
        r"(?:i'm|i am|this is|it's) not (?:him|her|that person|the (?:right )?person)",
        r"(?:passed away|is deceased|is dead|moved away)",
    ),
    "complain": _phrases(
        r"complain(?:t|ing)?|ridiculous|unacceptable|terrible|awful|horrible|disgusting",
        r"(?:speak|talk) (?:to|with) (?:a|your|the) (?:manager|supervisor)",
        r"(?:sick|tired) of|fed up|harass(?:ing|ment)?|scam(?:mers?)?|rip[- ]?off",
        r"(?:report|sue) you|waste of (?:my )?time",
        r"(?:never|do not|won't|keep) (?:stop )?calling (?:me|us)",
    ),
}

# Spanish

_ES_ON = (
    r"(?= *(?:$|[.!?,;:—–-]|(?:mas|nunca|jamas|otra vez|de nuevo|nuevamente|por favor|a (?:este|mi|esta)|aqui|y|o|porque|ya|"
    r"gracias)\b(?! (?:hoy|ahora|antes|hasta|esta (?:tarde|noche|semana)))))"
)
_ES_CALL = r"(?:llam(?:e|en|es|eis)|marqu(?:e|en|es)|contact(?:e|en|es)|molest(?:e|en|es)|telefone(?:e|en|es))"
_ES_NOT = r"\b(?:no|nunca|jamas)(?: (?:he dicho|dije|digo|quiero|hace falta|es necesario|me))?(?: que)?"

_ES = {
    "stop": _phrases(
        rf"no (?:me|nos|le|les) (?:vuelv(?:a|an|as|ais) a (?:llamar|contactar|molestar|marcar)|{_ES_CALL}){_ES_ON}",
        rf"no {_ES_CALL}(?: a (?:este numero|mi casa|aqui))? ?(?:mas|nunca|otra vez){_ES_ON}",
        r"(?:ya )?no vuelv(?:a|an|as|ais) a (?:llamar|contactar|molestar)(?:me|nos)?(?! (?:hoy|antes|hasta))",
        r"(?:nunca|jamas)(?: mas)? (?:me|nos) (?:llam|vuelv|contact|molest)\w+",
        r"(?:deje|dejen|deja|dejad|paren?) (?:ya )?de (?:llamar|molestar|contactar|acosar|marcar)(?:me|nos)?",
        r"no (?:quiero|deseo|queremos) (?:que (?:me|nos) (?:vuelvan a )?(?:llam|contact|molest)\w+|(?:recibir )?(?:mas|sus|estas) llamadas)",
        r"(?:quite|quiten|quita|saque|saquen|borre|borren|elimine|eliminen|retire|retiren)(?:me|nos)?(?: mi (?:numero|nombre|telefono))?"
        r" de (?:su|sus|la|las|esa|esta)s? (?:lista|base|registro|sistema)s?",
        r"(?:borre|borren|elimine|eliminen) mi (?:numero|telefono|nombre|datos)",
        r"(?:dejeme|dejenme|dejame) en paz",
        r"lista robinson",
        unless_after=_ES_NOT,
    ),
    "book": _phrases(
        r"(?:reserv|agend|program|concert|pid)\w* (?:una|la|mi|otra)? ?(?:cita|hora|visita|reunion)",
        r"(?:quiero|quisiera|me gustaria|necesito) (?:una cita|reservar|agendar|pedir (?:cita|hora))",
        r"(?:el )?(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana)[^.!?;]{0,30} (?:me va bien|esta bien|me viene bien|perfecto)",
        unless_after=_ES_NOT,
    ),
    "buy": _phrases(
        r"(?:quiero|quisiera|voy a|me gustaria) (?:comprar|contratar|pedir)(?:lo|la)?",
        r"me lo (?:quedo|llevo)",
        unless_after=_ES_NOT,
    ),
    "learn_more": _phrases(
        r"mas (?:informacion|detalles|datos)",
        r"(?:cuanto cuesta|cuanto vale|que precio|como funciona|de que se trata)",
        r"me interesa|estoy interesad[oa]",
        r"(?:mandeme|envieme|enviame|mandame) (?:un correo|informacion|la informacion)",
        unless_after=_ES_NOT,
    ),
    "call_back": _phrases(
        r"(?:llam(?:e|a|en)(?:me|nos)|me (?:llama|puede llamar|llame)) (?:mas tarde|luego|manana|despues|otro|a las|en|el)",
        r"no es (?:un )?buen momento|estoy (?:ocupad[oa]|trabajando|conduciendo|manejando)|ahora no puedo",
        r"no (?:me|nos) llam\w+ (?:antes|hasta|hoy|ahora)[^.!?,;]{0,60}",
    ),
    "decline": _phrases(
        r"no (?:me|nos) interesa[^.!?,;]{0,60}|no estoy interesad[oa][^.!?,;]{0,60}",
        r"no,? (?:muchas )?gracias",
        r"no (?:lo )?(?:quiero|necesito|queremos)(?: nada| comprar| eso| esto)?(?! que)[^.!?,;]{0,60}",
        r"ya tengo|demasiado caro|muy caro",
    ),
    "wrong_person": _phrases(
        r"numero (?:equivocado|incorrecto)|se (?:ha )?equivoc(?:o|a|ado)(?: de (?:numero|persona))?",
        r"(?:aqui no (?:vive|trabaja|hay)|no vive aqui|no conozco a|no soy esa persona)",
    ),
    "complain": _phrases(
        r"queja|inaceptable|ridiculo|horrible|estaf(?:a|adores)|acoso|harto|harta|verguenza", r"denunciar(?:los|les)?"
    ),
}

# German

_DE_ON = r"(?= *(?:$|[.!?,;:—–-]|(?:bitte|danke|und|oder|weil|sonst|verstanden|okay|ok)\b))"
_DE_NOT = r"\b(?:nicht|nie|nicht gesagt,?(?: dass)?)(?: sie)?"
_DE_TIME = (
    r"(?:heute|jetzt|vor|bis|morgen|abends|gerade|so (?:fruh|spat)|am (?:abend|wochenende|sonntag)|wahrend|mittags|um)"
)

_DE = {
    "stop": _phrases(
        rf"(?:ruf(?:en sie|t|e)?|kontaktieren sie|belastigen sie) (?:mich|uns|hier)(?: (?:bitte|ja|doch|blos))?"
        rf" (?:nicht|nie)(?! {_DE_TIME}\b)(?: (?:mehr|wieder))?(?! {_DE_TIME}\b)(?: an)?{_DE_ON}",
        rf"(?<!heute )(?:nie (?:mehr|wieder)|nicht (?:mehr|wieder)) an(?:ge)?ruf(?:en|t)?(?: werden| mochte)?{_DE_ON}",
        rf"keine (?:weiteren |werbe)?anrufe(?: mehr)?(?! {_DE_TIME}\b){_DE_ON}",
        r"(?:horen sie|hor|hort)(?: bitte| endlich| doch)* auf,? (?:(?:mich|uns|hier|standig|immer) )*(?:anzurufen|zu belastigen|zu nerven|damit)",
        r"(?:streichen|loschen|nehmen|entfernen) sie (?:bitte )?(?:mich|uns|meine (?:telefon)?nummer|meinen namen|meine daten)"
        r"(?: bitte)?(?: (?:von|aus) (?:ihrer|der|ihren|den|dieser|ihrem) \w*(?:liste|listen|datei|datenbank|system|verteiler))?",
        r"lassen sie (?:mich|uns)(?: bitte| endlich)* in ruhe",
        r"(?:mochte|will|mochten|wollen) (?:bitte )?(?:nicht|nie)(?: (?:mehr|wieder))? (?:angerufen|kontaktiert|belastigt) werden",
        r"(?:mochte|will|wunsche) (?:bitte )?(?:nicht, dass sie (?:mich|uns|hier) (?:noch (?:ein)?mal |wieder )?anrufen|keine (?:weiteren )?anrufe)",
        r"robinson-?liste",
        unless_after=_DE_NOT,
    ),
    "book": _phrases(
        r"termin (?:vereinbaren|machen|buchen|ausmachen|haben|reservieren)|(?:mochte|hatte gern|brauche|will|nehme) (?:gerne? )?(?:einen|den) termin",
        r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|morgen)[^.!?;]{0,30} (?:passt|geht|ist gut|klappt)",
        unless_after=_DE_NOT + r"|\bkein(?:en)?",
    ),
    "buy": _phrases(
        r"(?:mochte|wurde|will) (?:es |das |gerne? |eine? |einen )*(?:kaufen|bestellen)|ich nehme (?:es|das|eins)|ich bestelle"
    ),
    "learn_more": _phrases(
        r"mehr (?:informationen|infos|daruber|details|wissen|erfahren)|was kostet|wie (?:teuer|funktioniert|viel kostet)|worum geht",
        r"(?:interessiert mich|bin interessiert|klingt interessant|ich interessiere mich)",
        r"(?:schicken|senden) sie (?:mir|uns)",
        unless_after=_DE_NOT,
    ),
    "call_back": _phrases(
        r"ruf(?:en sie|t|e)? (?:mich |uns )?(?:bitte )?(?:spater|morgen|nachher|am|um|nachste|heute|in)[^.!?,;]{0,40}|zuruckrufen|ruckruf",
        r"(?:jetzt|gerade) (?:ist )?(?:schlecht|ungunstig|nicht passend|keine zeit)|passt (?:gerade|jetzt) nicht|keine zeit|bin gerade",
        rf"(?:mich|uns) nicht {_DE_TIME}[^.!?,;]{{0,40}} an",
    ),
    "decline": _phrases(
        r"(?:kein|nicht) (?:interesse|interessiert)[^.!?,;]{0,60}|interessiert (?:mich|uns) nicht",
        r"nein,? (?:vielen )?danke",
        r"(?:brauche|will|mochte|brauchen) (?:ich |wir )?(?:das |es |so etwas )?(?:nicht|nichts|kein(?:e|en)?)(?: (?:haben|kaufen))?[^.!?,;]{0,40}",
        r"(?:hab(?:e|en)?) (?:ich |wir )?(?:schon|bereits)|zu teuer",
    ),
    "wrong_person": _phrases(
        r"falsche? (?:nummer|person)|verwahlt|(?:gibt es|wohnt|arbeitet) hier nicht|hier (?:gibt es|wohnt) kein\w*|bin ich nicht"
    ),
    "complain": _phrases(
        r"beschwer(?:e|en|de)|unverschamt(?:heit)?|frechheit|belastigung|betrug|abzocke|unmoglich|anzeige|anwalt|die nase voll"
    ),
}

# French

_FR_ON = r"(?= *(?:$|[.!?,;:—–-]|(?:jamais|svp|s'il (?:vous|te) plait|ici|a ce numero|merci|et|ou|sur|du tout|parce|sinon|chez)\b))"
_FR_TIME = r"(?:avant|aujourd'hui|maintenant|ce (?:soir|matin|midi)|cette semaine|demain|le (?:soir|matin|week|dimanche|samedi)|entre|pendant|si (?:tot|tard)|a \d)"
_FR_NOT = r"\b(?:ne|n')|\bpas(?: (?:dit|demande))?(?: de| que)?|\bjamais(?: dit)?(?: de)?"
_FR_CALL = r"(?:r?appele[zr]|r?appelle|telephone[zr]?|contacte[zr]?|derange[zr]?|harcele[zr]?)"

_FR = {
    "stop": _phrases(
        rf"ne (?:m'|me |nous )(?:{_FR_CALL}) (?:plus|pas|jamais)(?: jamais)?(?! {_FR_TIME}\b){_FR_ON}",
        rf"ne plus (?:jamais )?(?:m'|me |nous |etre )(?:{_FR_CALL}|appele|contacte|derange)(?! {_FR_TIME}\b)",
        r"(?:arretez|arrete|cessez|stop,? arretez)(?: tout de suite)? de (?:m'|me |nous |toujours )?(?:appeler|rappeler|telephoner|contacter|deranger|harceler)",
        r"(?:enlevez|retirez|supprimez|rayez|effacez|otez|sortez)(?:-| )?(?:moi|nous|mon (?:numero|nom)|mes coordonnees)"
        r" (?:de|sur) (?:votre|vos|la|cette|ces|toutes vos) (?:listes?|fichiers?|bases?|registres?)",
        r"(?:supprimez|effacez) (?:mon numero|mes coordonnees|mes donnees)",
        rf"(?:veux|souhaite|voulons|voudrais|desire) plus (?:etre (?:r?appelee?|contactee?|derangee?)|que vous (?:m'|me |nous )\w+|(?:recevoir )?(?:d'|vos |de vos )appels)(?! {_FR_TIME}\b)",
        rf"plus d'appels?(?! {_FR_TIME}\b){_FR_ON}",
        r"laissez(?:-| )(?:moi|nous) tranquilles?",
        r"bloctel",
        unless_after=_FR_NOT,
    ),
    "book": _phrases(
        r"(?:prendre|fixer|reserver|avoir|voudrais|veux|prends) (?:un |le |ce )?(?:rendez-vous|creneau)",
        r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|demain)[^.!?;]{0,30} (?:me va|me convient|c'est (?:bon|parfait|bien)|ca marche)",
        unless_after=_FR_NOT,
    ),
    "buy": _phrases(
        r"(?:veux|voudrais|souhaite|vais) (?:l'|le |la |en |vous )?(?:acheter|commander|prendre)|je (?:le|la|les) prends",
        unless_after=_FR_NOT,
    ),
    "learn_more": _phrases(
        r"(?:plus|davantage) (?:d'informations?|de details|d'infos)|combien (?:ca )?coute|combien (?:est-ce|ca)|quel est le (?:prix|tarif)",
        r"comment (?:ca |cela )(?:marche|fonctionne)|de quoi s'agit|(?:ca |cela )?m'interesse|suis interessee?|en savoir plus",
        r"envoyez(?:-| )moi",
        unless_after=_FR_NOT,
    ),
    "call_back": _phrases(
        r"(?:rappelez|appelez|rappeler|appeler)(?:-| )?(?:moi|nous)? (?:plus tard|demain|ce soir|apres|lundi|mardi|mercredi|jeudi|vendredi|a|dans)",
        r"rappelez(?:-| )moi|pas (?:le bon|un bon) moment|je suis (?:occupee?|au travail|en reunion|au volant)|mauvais moment",
        rf"ne (?:m'|me |nous )(?:{_FR_CALL}) pas {_FR_TIME}[^.!?,;]{{0,40}}",
    ),
    "decline": _phrases(
        r"(?:pas|plus) (?:du tout )?interessee?s?[^.!?,;]{0,60}|(?:ca |cela )?ne m'interesse pas",
        r"non,? merci",
        r"(?:n'en |n'ai |ne )(?:veux|ai|souhaite|voulons)? ?(?:pas|plus) (?:besoin|envie)[^.!?,;]{0,60}|je n'en veux pas",
        r"j'en ai deja|j'ai deja|trop cher",
    ),
    "wrong_person": _phrases(
        r"(?:mauvais|faux) numero|trompee?s? de (?:numero|personne)|n'habite (?:pas|plus) ici|ce n'est pas moi|connais pas cette personne"
    ),
    "complain": _phrases(
        r"plainte|inadmissible|inacceptable|ridicule|honteux|arnaque|harcelement|marre|scandaleux|porter plainte"
    ),
}

_LANGUAGES = (_EN, _ES, _DE, _FR)

INTENTS = ("stop", "wrong_person", "complain", "decline", "call_back", "buy", "book", "learn_more")

#: Every way to say each intent, all languages together: what a lead speaks is seldom known, and a wrong guess would be deaf.
BY_INTENT: dict[str, Sequence[Phrase]] = {
    intent: tuple(phrase for language in _LANGUAGES for phrase in language[intent]) for intent in INTENTS
}
