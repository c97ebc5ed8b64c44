"""Spanish: asking not to be called, what else a lead may want, and the words too common to matter."""

from callcenter.domain.language.phrase import Language, say

_REST = r"[^.!?,;]{0,60}"
_TIME = r"(?:hoy|ahora|antes|hasta|despues|entre|por la|esta (?:tarde|noche|semana|manana)|los? \w+|a las)"
_MORE = r"(?:mas|nunca|jamas|otra vez|de nuevo|nuevamente)"
# How a sentence goes on when "no me llame" was all of the order.
_ON = (
    r"(?!,? (?:antes|hasta|a menos|salvo|si|sin|excepto)\b)"
    rf"(?= *(?:$|[.!?,;:—–-]|(?:{_MORE}|por favor|a (?:este|mi|esta)|aqui|y|o|porque|ya|gracias)\b(?! {_TIME}\b)))"
)
_CALL = "(?:(?:llam|marqu|contact|molest)(?:e|en|es)|llameis|telefonee)"
_AGAIN = "(?:vuelva|vuelvan|vuelvas|volvais) a (?:llamar|contactar|molestar|marcar)"
_NOT = r"\b(?:no|nunca|jamas)(?: (?:he dicho|dije|digo|quiero|hace falta|es necesario|me|les?(?: pido)?))?(?: que)?"
_LIST = r"(?:su|sus|la|las|esa|esta|estas|cualquier|todas sus) (?:lista|base|registro|sistema|fichero)s?"

_STOP = (
    say("no", rf"(?:me|nos|le|les) (?:{_AGAIN}|{_CALL})(?! {_TIME}\b){_ON}", unless_after=_NOT),
    say("no", rf"{_CALL}(?: (?:a este numero|a mi casa|aqui))? {_MORE}(?! {_TIME}\b)", unless_after=_NOT),
    say("no", rf"{_AGAIN}(?:me|nos)?(?! {_TIME}\b)", unless_after=_NOT),
    say("nunca|jamas", rf"(?:mas )?(?:me|nos) (?:{_AGAIN}|{_CALL})(?! {_TIME}\b)", unless_after=_NOT),
    say(
        "deje|dejen|deja|dejad|pare|paren",
        "(?:ya )?de (?:llamar|molestar|contactar|acosar|marcar)(?:me|nos)?",
        unless_after=_NOT,
    ),
    say("no quiero|no deseo|no queremos", rf"que (?:me|nos) (?:{_AGAIN}|{_CALL})(?! {_TIME}\b){_ON}"),
    say("no quiero|no deseo|no queremos", rf"(?:recibir )?(?:mas |sus |estas )+llamadas(?! {_TIME}\b)"),
    say("no mas llamadas"),
    say("quiteme|quitenme|quitame|saqueme|saquenme|sacame|borreme|borrenme|borrame", f"de {_LIST}", unless_after=_NOT),
    say("elimineme|eliminenme|retireme|retirenme|deme de baja|denme de baja", f"de {_LIST}", unless_after=_NOT),
    say("quite|quiten|saque|saquen|retire|retiren", rf"mi (?:numero|nombre|telefono) de {_LIST}", unless_after=_NOT),
    say("borre|borren|elimine|eliminen", "(?:mi (?:numero|telefono|nombre)|mis datos)", unless_after=_NOT),
    say("dejeme|dejenme|dejame|dejenos", "(?:ya )?en paz", unless_after=_NOT),
    say("lista robinson"),
)
_BOOK = (
    say(
        "reservar|agendar|programar|concertar|pedir|hacer",
        "(?:(?:una|la|mi|otra) )?(?:cita|hora|visita|reunion)",
        unless_after=_NOT,
    ),
    say("quiero|quisiera|me gustaria|necesito", "(?:una cita|reservar|agendar)", unless_after=_NOT),
    say(
        "lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana",
        r"[^.!?;]{0,30}(?:va bien|esta bien|viene bien|perfecto)",
    ),
)
_BUY = (
    say("quiero|quisiera|voy a|me gustaria", "(?:comprar|contratar|pedir)(?:lo|la)?", unless_after=_NOT),
    say("me lo quedo|me lo llevo", unless_after=_NOT),
)
_LEARN_MORE = (
    say("mas", "(?:informacion|detalles|datos)", unless_after=_NOT),
    say("cuanto cuesta|cuanto vale|que precio|como funciona|de que se trata"),
    say("me interesa|nos interesa|estoy interesado|estoy interesada", unless_after=_NOT),
    say("mandeme|envieme|enviame|mandame", "(?:un correo|mas|la|informacion)", unless_after=_NOT),
)
_CALL_BACK = (
    say(
        "llameme|llamame|llamenme|llamar|me llama|me llame|vuelva a llamar",
        "(?:mas tarde|luego|manana|despues|otro|a las|el)",
    ),
    say("no es buen momento|no es un buen momento|ahora no puedo"),
    say("estoy", "(?:ocupad[oa]|trabajando|conduciendo|manejando)"),
    say("no me|no nos", rf"(?:llame|llamen|llames) {_TIME}{_REST}"),
)
_DECLINE = (
    say("no me interesa|no nos interesa|no estoy interesado|no estoy interesada", maybe=_REST),
    say("no gracias|no, gracias|no muchas gracias|no, muchas gracias"),
    say("no quiero|no necesito|no queremos|no lo quiero|no lo necesito", maybe=_REST),
    say("ya tengo|demasiado caro|muy caro"),
)
_WRONG_PERSON = (
    say("numero", "(?:equivocado|incorrecto)"),
    say("se equivoco|se equivoca|se ha equivocado"),
    say("aqui no", "(?:vive|trabaja|hay)"),
    say("no vive aqui|no conozco a|no soy esa persona"),
)
_COMPLAIN = (say("queja|inaceptable|ridiculo|horrible|estafa|estafadores|acoso|harto|harta|verguenza|denunciar|denunciarlos"),)

_STOP_WORDS = """
a ahora ahí al algo alguna alguno algunos algún allí ante antes aquel aquella aquí así aunque ay bien buenas bueno
buenos cada casi claro como con contra cosa cosas creo cual cuando cuanto cuál cuándo cuánto cómo da de decir del
desde después dice digo donde dos día días dígame dónde e el ella ellas ellos en entonces entre era eran eres es esa
esas ese eso esos esta estaba estamos estar estas este esto estos estoy está están fue gracias gran ha hablar había
hace hacer hacia han has hasta hay he hola hoy iba igual ir la las le les llama llamada llamar llamo lo los luego
mañana me mejor menos mi mientras mira mis mismo momento mucha muchas mucho muchos muy más nada ni no nos nosotros
nuestra nuestro nunca o oiga ok otra otras otro otros oye para parece perdón pero poco por porque puede puedo pues que
quien quiere quiero quién qué sea ser señor señora señorita si sido siempre sin sobre sois son soy su sus suyo sé sí
también tan tanto te tener tengo ti tiene tienen toda todas todavía todo todos tu tus tú u un una uno unos usted
ustedes va vale vamos van vaya ver verdad vez voy y ya yo él
"""

SPANISH = Language(
    code="es",
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
