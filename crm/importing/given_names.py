"""Common given names, folded (lower case, no accents), by which a column of people is told from one of places."""

GIVEN_NAMES = frozenset(
    """
aaron abel abraham adam adele adolfo adrian adriana agnes agustin ahmed aida aina ainhoa aitor alain alan alba albert
alberto alejandra alejandro alessandro alex alexander alexandra alfonso alfred alfredo ali alice alicia alina alma alonso
alvaro amaia amanda amandine amber amelia amelie amparo amy ana anais andre andrea andreas andres andrew angel angela
angeles angelica angelina anita anja ann anna anne annette annie antoine anton antonia antonio araceli ariel arnaud arthur
arturo ashley asuncion audrey aurelie aurora axel aziz barbara bart beatrice beatriz begona belen ben benedicte benito
benjamin bernard bernardo bernd berta beth betty bianca blanca bob borja brad brandon brenda brian bruno bryan camila
camille candela carina carl carla carles carlo carlos carmen carol carolina caroline cassandra catalina catherine cecilia
celia celine cesar chantal charles charlotte chen chiara chloe chris christian christiane christina christine christoph
christophe christopher cindy claire clara claudia claudio clemence clement concepcion conchita consuelo craig cristian
cristina cynthia daisy damian damien dan daniel daniela daniele danielle dario daryl dave david deborah debra delphine denis
denise dennis diana diane diego dieter dirk dmitri dolores domingo dominik dominique don donald donna dora doris dorothy
douglas dylan eduard eduardo edward elena eleonora eliana elias elisa elisabeth elise elizabeth ellen eloise elsa elvira
emil emilia emilie emilio emily emma emmanuel encarna encarnacion enric enrique eric erica erik erika ernesto esperanza
esteban estela esther estrella etienne eugenia eugenio eva eve evelyn ezequiel fabian fabien fabio fabrice fatima federico
felicia felipe felix fermin fernanda fernando florence florian francesca francesco francis francisca francisco franck
francois francoise frank franz fred frederic frederick friedrich gabriel gabriela gabrielle gael gary gaston gemma
genevieve george georges gerard gerardo german giorgio giovanni gisela giulia giuseppe gladys gloria gonzalo grace
graciela greg gregorio gregory greta guadalupe guillaume guillermo gustavo hannah hans harold harry hassan heather hector
heike heinz helen helena helene helga henri henry herbert herve hilda hiroshi holger horacio horst hugo ian ibrahim ignacio
igor ildefonso imanol immaculada ines ingrid inigo inma inmaculada irene iris irma isaac isabel isabella isabelle ismael itziar
ivan jack jackson jacob jacqueline jacques jaime jake james jan jana jane janet janice jared jason javier jay jean jeff
jeffrey jennifer jenny jeremy jerome jerry jesica jessica jesus jim jimena jo joan joana joanna joao joaquin jochen joe joel
johan johanna john johnny jon jonas jonathan jordan jordi jorge jose josefa josefina joseph josep joshua joyce juan juana
juanjo judith jules julia julian juliana julie julien julieta julio jurgen justin justine kai karen karim karin karina karl
kate katharina katherine kathleen kathryn katia katja kayla keith kelly kelsey ken kenji kenneth kerstin kevin kim klaus
klara kristen kyle lara larry laura lauren laurence laurent lea leandro lena leo leon leonardo leonor leticia liam lidia
lila liliana lina linda lisa lise livia lluis lola lorena lorenzo louis louise lourdes lucas lucia luciano lucie lucy luigi
luis luisa luke luz lydia macarena madeleine magali magdalena maite malika manfred manon manuel manuela mar marc marcel
marcela marcelo marcia marco marcos margaret margarita maria mariana marianne mariano maribel marie marilyn marina mario
marion marisa marisol mark marlene markus marta martha martin martina martine mary mateo mathias mathieu mathilde matias matt
matteo matthew matthias mauricio max maxime maya megan meritxell melanie melissa mercedes micaela michael michel michele
michelle miguel mike mikel milagros mireia miriam moises mohamed mohammed monica monika monique monserrat montse montserrat
morgan muriel mustafa nacho nadia nadine nancy natalia natalie nathalie nathan neil nelson nerea nestor nicholas nick nico
nicola nicolas nicole nieves nils nina noa noe noelia noemi nora norma nuria octavio olga oliver olivia olivier omar oriol
oscar otto pablo paco paloma pamela paola pascal patricia patrick patricio patxi paul paula pauline paulo pedro peggy peio
penelope perla peter petra philip philippe phillip pierre pilar pol priscila quentin quim rachel rafael raimundo ralf ramiro
ramon raquel raul raymond rebeca rebecca regina reinaldo remedios rene ricardo richard rita rob robert roberta roberto
robin rocio rodolfo rodrigo roger roland romain roman ron ronald rosa rosalia rosario rose roxana roy ruben rudolf ruth ryan
sabina sabine sabrina salvador sam samantha samira samuel sandra sandrine santiago sara sarah saul scott sean sebastian
sebastien serge sergi sergio severine shannon sharon shirley silvia simon simona simone sofia sofie sol soledad sonia sophia
sophie stefan stefania stefano steffen stephan stephane stephanie stephen steve steven stuart sue susan susana susanne suzanne
sven sylvain sylvia sylvie takashi tamara tanja tania tara tatiana taylor teresa terry thea theo theodore theresa therese thibault
thierry thomas tiffany tim timothy tina tobias todd tom tomas toni tony torsten tracy trinidad txema tyler ulrich umberto unai
ursula uwe uxue valentin valentina valeria valerie vanessa vera veronica veronique vicenta vicente victor victoria vincent
vincenzo viola violeta virginia virginie vivian viviana walter wanda wendy werner wilfredo wilhelm willem william willy
wolfgang xabier xavi xavier ximena xochitl yael yago yan yann yannick yasmin yesenia yolanda yuki yuko yves yvette yvonne
zachary zoe zulema akira haruto yui sakura naoko satoshi kaori ewa jakub katarzyna krzysztof magda malgorzata marek piotr
tomasz agnieszka wojciech priya raj rahul anil sanjay wei li mei jun ivana milan petr pavel jiri eduarda thiago tiago
beto chema charo merche pepe kike tono mari lupe nando rosalind ernest guido paolo pietro marcello fabrizio silvana
""".split()
)
