"""Words too common to say what a conversation was about, per language, greetings and fillers included."""

from collections.abc import Mapping

_EN = """
a about above actually after again against all almost alright already also am an and another any anyone anything are aren't
around as ask at away back bad be because been before being below between both but bye by call called calling came can can't
cannot come could couldn't day did didn't do does doesn't doing don't done down during each else er even ever every everything
few fine first for from further get getting give go goes going gonna good goodbye got gotta great had hadn't has hasn't have
haven't having he he'd he'll he's hear hello her here hers herself hey hi him himself his hm hmm how huh i i'd i'll i'm i've if
in into is isn't it it'd it'll it's its itself just kind know last later least less let let's like little long look lot made
make many may maybe me mean might mine moment more most much must my myself need never new next nice no none nope nor not
nothing now of off oh ok okay on once one only or other our ours ourselves out over own people perfect phone please pretty put
quite rather really right said same saw say see seem she she'd she'll she's should shouldn't since so some someone something
soon sorry speak still stuff such sure take talk tell than thank thanks that that's the their theirs them themselves then there
there's these they they'd they'll they're they've thing things think this those though through time to today too tomorrow two
uh uhm um under until up upon us use used very wait wanna want wanted wants was wasn't way we we'd we'll we're we've well went
were weren't what what's when where where's which while who who's whom why will with won't would wouldn't yeah yep yes yet you
you'd you'll you're you've your yours yourself yourselves
"""

_ES = """
a ahora ahí al algo algún alguna alguno algunos allí ante antes aquel aquella aquí así aunque ay bien buenas bueno buenos cada
casi claro como cómo con contra cosa cosas creo cual cuál cuando cuándo cuanto cuánto da de decir del desde después día días
dice dígame digo donde dónde dos dónde e el él ella ellas ellos en entonces entre era eran eres es esa esas ese eso esos esta
está estaba estamos están estar estas este esto estos estoy fue gracias gran ha había hablar hace hacer hacia han has hasta hay
he hola hoy iba igual ir la las le les lo los llama llamada llamar llamo luego más mañana me mejor menos mi mis mientras mira
mismo momento mucha muchas mucho muchos muy nada ni no nos nosotros nuestra nuestro nunca o oiga ok otra otras otro otros oye
para parece pero perdón poco por porque pues puede puedo que qué quien quién quiere quiero sé sea señor señora señorita ser si
sí sido siempre sin sobre sois son soy su sus suyo también tan tanto te tengo tener ti tiene tienen toda todas todavía todo
todos tú tu tus u un una uno unos usted ustedes va vale vamos van vaya ver verdad vez voy y ya yo
"""

_DE = """
ab aber ach ah äh ähm alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bitte bist
da dabei dafür daher damit danach danke dann daran darauf darf das dass davon dazu dein deine dem den denn der des deshalb dich
die dies diese diesem diesen dieser dieses dir doch dort du durch eben ein eine einem einen einer eines einfach einmal er es
etwas euch euer falls für ganz gar gegen gehen geht genau gerade gern gerne gibt gleich gut guten habe haben hallo hat hatte
hätte hätten herr frau hier hin hm ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins irgendwie ist ja jede jeden
jeder jetzt kann kannst kein keine keinen können könnte könnten leider machen macht mal man mehr mein meine meinem meinen meiner
mich mir mit möchte möchten morgen muss müssen na nach natürlich ne nee nein nicht nichts noch nun nur ob oder oh ohne okay ok
schon sehr sein seine seit selbst sich sicher sie sind so sofort sollte sollen sondern sonst tag tschüss über um und uns unser
unsere unter vielleicht viel viele vielen vom von vor wann war wäre waren warum was weil weiß weiter welche wenn wer werde werden
wie wieder wiederhören will wir wird wirklich wo wohl wollen worden wurde würde würden zu zum zur zwar zwei zwischen
"""

_FR = """
a ah ai aller alors après as au aucun aujourd'hui auquel aussi autre autres aux avais avait avant avec avez avoir avons beaucoup
bien bon bonjour bonsoir bah ben c'est c'était ça car ce cela celle celui ces cet cette chez chose choses ci comme comment d'accord
dans de déjà demain depuis des deux dire dis dit dites dois doit donc dont du elle elles en encore entre es est et étaient était
êtes être eu eux euh fait faire faut fois font hein hier ici il ils j'ai je jour juste l'on la là le les leur leurs lui ma madame
mademoiselle mais même merci mes mets mieux moi moins moment mon monsieur n'est ne ni non nos notre nous on ont ou où oui ouais
par parce parler pas passe peu peut peux plus plutôt pour pourquoi pouvez pouvoir puis qu'il qu'est qu'on quand que quel quelle
quelles quelque quelques quels qui quoi rien s'il sa sais sans se sera ses si soit son sont sous suis sur ta te tel tes toi ton
toujours tous tout toute toutes très trop tu un une va vais veut veux voilà voir vos votre voudrais vous vraiment vrai y
"""

STOP_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in (("en", _EN), ("es", _ES), ("de", _DE), ("fr", _FR))
}
