"""French: asking not to be called, what else a lead may want, and the words too common to matter."""

from callcenter.domain.language.phrase import Language, say

_REST = r"[^.!?,;]{0,60}"
_TIME = (
    r"(?:avant|apres|aujourd'hui|maintenant|ce (?:soir|matin|midi)|cette semaine|demain|entre|pendant|si (?:tot|tard)|a \d|"
    r"le (?:soir|matin|week|dimanche|samedi|midi)|jusqu)"
)
# How a sentence goes on when "ne m'appelez pas" was all of the order.
_ON = (
    r"(?!,? (?:avant|sauf|a moins|jusqu|si)\b)(?= *(?:$|[.!?,;:—–-]|(?:jamais|svp|s'il (?:vous|te) plait|ici|merci|"
    r"a ce numero|et|ou|sur ce|du tout|parce|sinon|chez)\b))"
)
_CALL = "(?:appelez|appelle|rappelez|rappelle|telephonez|contactez|derangez|derange|harcelez)"
_CALLING = "(?:appeler|rappeler|telephoner|contacter|deranger|harceler|demarcher)"
_NO_MORE = r"(?:plus|pas|jamais)(?: jamais)?"
_SUBJECT = r"\b(?:vous|tu|il|elle|on|ils|elles|qui)"
_NOT = r"\b(?:ne|n')|\bpas(?: (?:dit|demande))?(?: de| que)?|\bjamais(?: dit)?(?: de)?"
_LIST = "(?:votre|vos|la|cette|ces|toutes vos) (?:liste|listes|fichier|fichiers|base|bases|registre|systeme)"

_STOP = (
    say("ne", rf"(?:m'|me |nous ){_CALL} {_NO_MORE}(?! {_TIME}\b){_ON}", unless_after=_SUBJECT),
    say(
        "m'appelez|m'appelle|me rappelez|me rappelle",
        rf"{_NO_MORE}(?! {_TIME}\b){_ON}",
        unless_after=rf"{_SUBJECT}|\b(?:je|ne)",
    ),
    say("ne", rf"{_CALL} (?:plus|jamais)(?! {_TIME}\\b)", ends=_ON, unless_after=_SUBJECT),
    say("n'appelez|n'appelle", rf"(?:plus|jamais)(?! {_TIME}\\b)", ends=_ON, unless_after=_SUBJECT),
    say("ne plus appeler|ne plus rappeler|ne pas rappeler", ends=_ON, unless_after=_NOT),
    say("arretez|arrete|cessez", "(?:d'appeler|(?:vos|ces|les) appels)", unless_after=_NOT),
    say("retirer|enlever|supprimer|retire|retiree|enleve|supprime", rf"(?:de|sur) {_LIST}", unless_after=_NOT),
    say(
        "ne plus",
        rf"(?:jamais )?(?:m'|me |nous |etre )(?:{_CALLING}|appelee?|contactee?|derangee?)(?! {_TIME}\b)",
        unless_after=_NOT,
    ),
    say(
        "arretez|arrete|cessez",
        rf"(?:(?:tout de suite|donc|maintenant) )?de (?:m'|me |nous |toujours )?{_CALLING}",
        unless_after=_NOT,
    ),
    say("enlevez|retirez|supprimez|rayez|effacez|otez|sortez", rf"moi (?:de|sur) {_LIST}", unless_after=_NOT),
    say(
        "enlevez-moi|retirez-moi|supprimez-moi|rayez-moi|effacez-moi|otez-moi|sortez-moi",
        rf"(?:de|sur) {_LIST}",
        unless_after=_NOT,
    ),
    say(
        "enlevez|retirez|supprimez|rayez|effacez|otez",
        "(?:mon (?:numero|nom)|mes (?:coordonnees|donnees))",
        unless_after=_NOT,
    ),
    say(
        "veux plus|souhaite plus|voulons plus|voudrais plus|desire plus",
        rf"(?:etre (?:r?appelee?|contactee?|derangee?)|que vous (?:m'|me |nous )\w+)(?! {_TIME}\b)",
    ),
    say(
        "veux plus|souhaite plus|voulons plus|voudrais plus|desire plus",
        rf"(?:recevoir )?(?:d'|de vos |vos )appels?(?! {_TIME}\b)",
    ),
    say("plus d'appels|plus d'appel", f"{_ON}"),
    say("laissez-moi|laissez moi|laissez-nous|laissez nous", "tranquilles?", unless_after=_NOT),
    say("bloctel"),
)
_BOOK = (
    say(
        "prendre|fixer|reserver|avoir|voudrais|veux|prends",
        "(?:(?:un|le|ce) )?(?:rendez-vous|creneau)",
        unless_after=_NOT,
    ),
    say(
        "lundi|mardi|mercredi|jeudi|vendredi|samedi|demain",
        r"[^.!?;]{0,30}(?:me va|me convient|c'est (?:bon|parfait|bien)|ca marche)",
    ),
)
_BUY = (
    say(
        "veux|voudrais|souhaite|vais",
        "(?:(?:l'|le |la |en |vous )?(?:acheter|commander|prendre))(?! rendez| un rendez)",
        unless_after=_NOT,
    ),
    say("je le prends|je la prends|je les prends"),
)
_LEARN_MORE = (
    say("plus|davantage", "(?:d'informations?|de details|d'infos)", unless_after=_NOT),
    say("combien", "(?:ca |est-ce que ca )?(?:coute|ca)"),
    say("quel est", "le (?:prix|tarif)"),
    say("comment", "(?:ca|cela) (?:marche|fonctionne)"),
    say("de quoi s'agit|m'interesse|suis interesse|suis interessee|en savoir plus", unless_after=r"\bne"),
    say("envoyez-moi|envoyez moi"),
)
_CALL_BACK = (
    say(
        "rappelez|appelez|rappeler|appeler|rappelez-moi|appelez-moi",
        r"(?:(?:moi|nous) )?(?:plus tard|demain|ce soir|apres|lundi|mardi|mercredi|jeudi|vendredi|a \d|dans)",
    ),
    say("rappelez-moi|rappelez moi|pas le bon moment|pas un bon moment|mauvais moment"),
    say("je suis", "(?:occupee?|au travail|en reunion|au volant)"),
    say("ne", rf"(?:m'|me |nous ){_CALL} pas {_TIME}{_REST}"),
)
_DECLINE = (
    say("pas|plus", rf"(?:du tout )?interessee?s?\b{_REST}"),
    say("ne m'interesse pas|m'interesse pas"),
    say("non merci|non, merci"),
    say("n'ai pas|ai pas|n'en veux pas|en veux pas|ne veux pas|veux pas", rf"(?:besoin|envie|de){_REST}"),
    say("n'en veux pas|en veux pas|j'en ai deja|j'ai deja|trop cher"),
)
_WRONG_PERSON = (
    say("mauvais|faux", "numero"),
    say("trompe de|trompez de|trompes de", "(?:numero|personne)"),
    say("n'habite pas ici|n'habite plus ici|ce n'est pas moi|connais pas cette personne"),
)
_COMPLAIN = (say("plainte|inadmissible|inacceptable|ridicule|honteux|arnaque|harcelement|marre|scandaleux"),)

_STOP_WORDS = """
a accord ah ai aller alors après as au aucun aujourd'hui auquel aussi autre autres aux avais avait avant avec avez avoir
avons bah beaucoup ben bien bon bonjour bonsoir c'est c'était car ce cela celle celui ces cet cette chez chose choses
ci comme comment d'accord dans de demain depuis des deux dire dis dit dites dois doit donc dont du déjà elle elles en
encore entre es est et eu euh eux faire fait faut fois font hein hier ici il ils j'ai je jour juste l'on la le les
leur leurs lui là ma madame mademoiselle mais merci mes mets mieux moi moins moment mon monsieur même n'est ne ni non
nos notre nous on ont ou ouais oui où par parce parler pas passe peu peut peux plus plutôt pour pourquoi pouvez
pouvoir puis qu'est qu'il qu'on quand que quel quelle quelles quelque quelques quels qui quoi rien s'il sa sais sans
se sera ses si soit son sont sous suis sur ta te tel tes toi ton toujours tous tout toute toutes trop très tu un une
va vais veut veux voilà voir vos votre voudrais vous vrai vraiment y ça étaient était êtes être
"""

FRENCH = Language(
    code="fr",
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
