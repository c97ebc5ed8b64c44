"""Spanish lines."""

from callcenter.simulator.speech.shape import Speech, Trade

TRADES = {
    "dental": Trade(
        company="Clínica Dental del Puerto",
        service="la revisión",
        reason="Le llamo porque han pasado más de seis meses desde su última revisión con nosotros.",
        question="¿Ha tenido dolor o sensibilidad últimamente?",
        answers=("No, todo bien.", "Un poco en el lado izquierdo, con las bebidas frías.", "No, lo normal."),
        offer="Podemos hacerle una revisión y una limpieza, son unos cuarenta minutos.",
        benefit="Casi todos los seguros cubren dos visitas al año, así que normalmente no se paga nada.",
    ),
    "insurance": Trade(
        company="Seguros Levante",
        service="el seguro del coche",
        reason="Le llamo porque su seguro del coche vence a finales del mes que viene.",
        question="¿Sigue teniendo el mismo coche y conduce más o menos lo mismo?",
        answers=(
            "El mismo, sí, quizá conduzco un poco menos.",
            "Sí, no ha cambiado nada.",
            "El mismo, pero ahora hago más kilómetros.",
        ),
        offer="Con la misma cobertura se lo renuevo otro año por 38 euros al mes, con asistencia en carretera.",
        benefit="Si lo renueva hoy, el precio queda fijo los doce meses.",
    ),
    "solar": Trade(
        company="Solar Campo Claro",
        service="el estudio solar",
        reason="Usted preguntó en nuestra web cuánto podría ahorrar con placas solares.",
        question="¿La casa es suya? ¿Y cuánto paga de luz al mes, más o menos?",
        answers=("Sí, es nuestra, unos ciento veinte euros.", "Es mía, unos noventa al mes.", "Sí, en invierno casi doscientos."),
        offer="Un técnico puede ver el tejado y hacer los números, gratis y sin compromiso.",
        benefit="En un tejado como el suyo las placas suelen amortizarse en siete años.",
    ),
    "car": Trade(
        company="Talleres Molino",
        service="la revisión anual del coche",
        reason="Le llamo porque este mes le toca la revisión anual a su coche.",
        question="¿Hay algo que debamos mirar, algún ruido o alguna luz encendida?",
        answers=("Los frenos chirrían un poco por la mañana.", "No, va muy bien.", "A veces se enciende una luz en el panel."),
        offer="Lo recogemos por la mañana y está listo esa misma tarde, con coche de cortesía si lo necesita.",
        benefit="Con el libro sellado se mantienen la garantía y el valor del coche.",
    ),
}

TALKS = {
    "appointment": (
        """A: {question}
U: {answer}
A: Gracias, lo anoto. {offer}
U: De acuerdo, me parece bien. ¿Cuándo sería?
A: Tengo el {day} a las {time}. ¿Le viene bien?
U: Sí, el {day} me va bien. Resérvelo, por favor.
A: Perfecto, queda reservado para el {day} a las {time}. Le llegará un mensaje con los datos.
U: Estupendo, muchas gracias.
A: Gracias a usted. Que tenga un buen día.""",
        """U: Ah, sí, tenía pendiente llamarles.
A: No se preocupe. {offer}
U: ¿Tendrían algo esta semana o la que viene?
A: Déjeme mirar. El primer hueco es el {day} a las {time}.
U: Sí, apúnteme, por favor.
A: Hecho: {day}, a las {time}. ¿Algo que debamos saber antes?
U: {answer}
A: Anotado. Hasta entonces, adiós.""",
    ),
    "sale": (
        """A: {question}
U: {answer}
A: {offer}
U: ¿Y si espero un poco?
A: {benefit}
U: Vale, pues adelante, lo contrato.
A: Estupendo. Hoy mismo le envío la confirmación, no tiene que hacer nada más.
U: Perfecto, gracias por llamar.
A: Gracias a usted, {name}. Adiós.""",
    ),
    "qualified": (
        """A: {question}
U: {answer}
A: Es un buen punto de partida. {benefit}
U: Me interesa. ¿Cuál sería el siguiente paso?
A: {offer}
U: Prefiero verlo antes por escrito. ¿Me puede mandar información?
A: Claro. Un compañero se la envía y le llama el {day} para comentarla.
U: Muy bien, de acuerdo.
A: Perfecto. Gracias por su tiempo, {name}.""",
    ),
    "successful": (
        """A: Es solo una pregunta rápida. {question}
U: {answer}
A: Gracias, eso es todo. Ya he actualizado sus datos.
U: Qué rápido. Gracias.
A: Gracias a usted, {name}. Adiós.""",
    ),
    "not_interested": (
        """U: Ya veo. La verdad es que no me interesa.
A: Lo entiendo. {benefit}
U: No, de verdad, gracias. Ahora no lo necesito.
A: Por supuesto. Gracias por decírmelo, que tenga un buen día.
U: Adiós.""",
        """A: {offer}
U: Ya tenemos a alguien para eso.
A: ¿Y están contentos?
U: Sí, mucho. Así que no, gracias, no estoy interesado.
A: Muy bien, gracias por su tiempo.""",
    ),
    "do_not_call": (
        """U: Me llaman todos los días. Por favor, no me llamen más.
A: Le pido disculpas. Ahora mismo borro su número de la lista.
U: Sí, bórrenme de su lista. Adiós.""",
        """U: Dejen de llamarme. ¿De dónde han sacado este número?
A: Perdone la molestia. Figura en nuestra base de datos como cliente.
U: Quiten mi número y no me vuelvan a llamar.
A: Queda borrado. Disculpe, adiós.""",
    ),
    "callback": (
        """U: Ahora estoy en una reunión, ¿me puede llamar más tarde?
A: Claro. ¿Le va bien el {day} a las {time}?
U: Sí, llámeme entonces.
A: Anotado: {day} a las {time}. Hasta luego.""",
        """U: Me pilla conduciendo.
A: No le entretengo. ¿Cuándo puedo volver a intentarlo?
U: Llámeme el {day}, sobre las {time}.
A: Así lo haré. Buen viaje.""",
    ),
    "transfer": (
        """A: {offer}
U: Tengo una duda sobre mi contrato. ¿Puedo hablar con una persona?
A: Por supuesto. Le paso con un compañero, no cuelgue.
U: Vale, gracias.""",
    ),
    "wrong_number": (
        """A: Hola, soy {persona}, de {company}. ¿Hablo con {owner}?
U: No, se ha equivocado de número. Aquí no vive nadie con ese nombre.
A: Disculpe la molestia. Lo corrijo en nuestros datos.
U: No pasa nada. Adiós.""",
    ),
    "silence": (
        """A: Hola, soy {persona}, de {company}. ¿Hablo con {owner}?
A: ¿Hola? ¿Me oye?""",
    ),
    "voicemail": (
        """U: Hola, soy {owner}. Ahora no puedo atenderle. Deje su mensaje después de la señal.
A: Hola, soy {persona}, de {company}, por {service}. Llámenos cuando pueda, o lo intentaremos de nuevo. Adiós.""",
        """U: El teléfono al que llama no está disponible. Deje su mensaje después del tono.
A: Hola, {name}, soy {persona}, de {company}. Es por {service}. Volveremos a intentarlo. Adiós.""",
    ),
    "ivr": (
        """U: Gracias por llamar. Para ventas, pulse uno. Para atención al cliente, pulse dos. Para repetir, pulse nueve.""",
    ),
    "chat": (
        """U: Perdone, ¿me lo repite? Se oye mal.
A: Claro. {offer}
U: ¿Y eso cómo funciona exactamente?
A: {benefit}
U: Entiendo. Un momento, llaman a la puerta.
A: Sin prisa, espero.
U: Ya estoy. Decía usted, {service}.
A: Sí. {question}
U: {answer}""",
    ),
}

SPANISH = Speech(
    language="es",
    someone="el titular",
    personas=("Lucía", "Pablo", "Marta", "Javier"),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    day="{weekday} {day} de {month}",
    time="{hour}:{minute}",
    trades=TRADES,
    opening_named=(
        "A: Hola, buenos días, soy {persona}, de {company}. ¿Hablo con {owner}?\nU: Sí, dígame.\nA: {reason}",
        "U: ¿Diga?\nA: Buenas, ¿es usted {name}? Soy {persona}, de {company}.\nU: Sí, soy yo. ¿De qué se trata?\nA: {reason}",
    ),
    opening_unnamed=(
        "A: Hola, buenos días, soy {persona}, de {company}. ¿Tiene un minuto?\nU: Sí, ¿de qué se trata?\nA: {reason}",
    ),
    talks=TALKS,
)
