"""What is said in the demo: short Spanish notes of calls and visits, by trade. All invented."""

from __future__ import annotations

#: Trade → what its clients talk about; {who} is the person spoken to.
TALK: dict[str, tuple[str, ...]] = {
    "ferretería": (
        "Quiere facturación mensual. Contento con las entregas; pregunta por la gama de taladros.",
        "La última entrega llegó un día tarde. Hablo con logística y le confirmo.",
        "Prepara la campaña de primavera: necesita catálogo y precios antes de fin de mes.",
        "Su hija llevará las cuentas desde enero; pide que la llamemos a ella para facturas.",
        "Cierra por inventario la semana próxima; mejor llamar por la mañana.",
        "Le ha gustado el nuevo expositor. Va a probar con dos referencias más.",
    ),
    "clínica": (
        "Revisamos el contrato de mantenimiento de los equipos. Todo en orden.",
        "Les preocupa el tiempo de respuesta en urgencias; quieren un número directo.",
        "Amplían horario los sábados desde el mes que viene; ajustar el servicio.",
        "{who} pide un informe breve para la dirección antes del viernes.",
        "Auditoría superada. Agradecen la ayuda con la documentación.",
        "Cambian de proveedor informático; coordinar las fechas con su técnico.",
    ),
    "taller": (
        "Pendiente de dos recambios; prefiere esperar a tener el pedido completo.",
        "Ha contratado a un mecánico más. Pregunta por formación.",
        "Se queja del precio del transporte; le explico la tarifa nueva y la acepta.",
        "Visita al taller: han reformado el almacén, caben dos estanterías más.",
        "Quiere repetir el pedido de marzo. Le mando la propuesta.",
        "Semana floja; volver a llamar después del puente.",
    ),
    "notaría": (
        "Renovación hablada: quieren las mismas condiciones un año más.",
        "Piden que los recibos lleguen por correo y no por carta.",
        "{who} está de viaje; quedamos en vernos a su vuelta.",
        "Todo bien. Les interesa la copia de seguridad en la nube.",
        "Dudas con la última factura; resueltas durante la llamada.",
        "Nos recomiendan a un despacho amigo. Apuntar y dar las gracias.",
    ),
    "hotel": (
        "Temporada alta desde mayo: quieren visita antes para revisar las instalaciones.",
        "Cambio de dirección en el hotel; presentarnos en persona.",
        "Muy satisfechos con la reparación del lunes; lo resolvimos en la misma mañana.",
        "Preguntan por descuentos por volumen para los tres hoteles del grupo.",
        "La ropa de cama llegó incompleta. Se repone mañana.",
        "Nos invitan a la inauguración de la terraza en junio.",
    ),
    "escuela": (
        "Presupuesto del curso próximo aprobado; mandan el pedido en septiembre.",
        "El comedor cambia de turno; adaptar las entregas de los miércoles.",
        "{who} agradece que llamemos sin que haya un problema.",
        "Quieren una charla para las familias. Proponer fechas.",
        "Dos incidencias pequeñas este mes, las dos cerradas.",
        "Piden precios para renovar el aula de informática.",
    ),
    "agencia": (
        "Revisamos la campaña: resultados mejores que el año pasado.",
        "Quieren hablar de precios en la renovación; preparar comparativa.",
        "Pierden a un cliente grande; van a contener gastos este trimestre.",
        "{who} pide tener un único interlocutor. Le confirmo que soy yo.",
        "Reunión útil: tres ideas para el segundo semestre.",
        "Nos felicitan por el informe; lo enseñarán a su consejo.",
    ),
    "distribuidora": (
        "El nuevo almacén abre en marzo; habrá que duplicar las rutas.",
        "Retraso en aduanas; le aviso en cuanto haya fecha.",
        "Quiere integrar los pedidos con su sistema. Le paso con el equipo técnico.",
        "Reclama un abono de 240; revisado y concedido.",
        "Buen mes: un 12 % más que el anterior.",
        "Pide revisar el plazo de pago; lo consulto y le llamo.",
    ),
}
MESSAGES = (
    "No contesta; pruebo por la tarde.",
    "Dejo recado en recepción.",
    "Comunica. Le escribo y vuelvo a llamar.",
    "Está reunido; me devuelve la llamada.",
    "",
    "",
)
INBOUND = (
    "Pregunta por el estado de su pedido.",
    "Quiere adelantar la entrega al jueves.",
    "Duda con una factura; resuelta.",
    "Llama para dar las gracias por la gestión de ayer.",
    "Necesita una copia del contrato.",
    "Pregunta si abrimos en el puente.",
)
NEXT_STEPS = (
    "Enviar la lista de precios",
    "Mandar el catálogo de primavera",
    "Confirmar la fecha de la visita",
    "Preparar la propuesta de renovación",
    "Pasar la copia del contrato",
    "Preguntar cómo fue la auditoría",
    "Enviar el informe del trimestre",
    "Presentar a la nueva persona de soporte",
)
CARE = (
    "Llamar antes de las 13:30, nunca al mediodía.",
    "Prefiere el teléfono; todo lo importante, además, por escrito.",
    "Le gusta ir al grano. No insistir con ofertas.",
    "Tratar de usted. Valora que se recuerde a su equipo por el nombre.",
    "Mejor por la tarde; por la mañana atiende en el mostrador.",
    "Visita en persona al menos una vez por temporada.",
)
SNOOZES = ("De vacaciones hasta la semana que viene", "Pidieron que llamemos después del inventario", "En obras")
