<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es">
<context>
    <name>Amounts</name>
    <message>
        <source>{megabytes} MB</source>
        <translation>{megabytes} MB</translation>
    </message>
    <message>
        <source>{gigabytes} GB</source>
        <translation>{gigabytes} GB</translation>
    </message>
    <message>
        <source>{kilobytes} kB</source>
        <translation>{kilobytes} kB</translation>
    </message>
</context>
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Lienzo</source>
        <translation>Acerca de Lienzo</translation>
    </message>
    <message>
        <source>An offline image generator for artists. Nothing you make or type leaves this computer.</source>
        <translation>Un generador de imágenes sin conexión para artistas. Nada de lo que haces o escribes sale de este ordenador.</translation>
    </message>
    <message>
        <source>Versions and licences</source>
        <translation>Versiones y licencias</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versiones</translation>
    </message>
    <message>
        <source>The engine is still starting.</source>
        <translation>El motor aún está arrancando.</translation>
    </message>
    <message>
        <source>Device: {device}</source>
        <translation>Dispositivo: {device}</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Licencias</translation>
    </message>
    <message>
        <source>Lienzo: Apache License 2.0</source>
        <translation>Lienzo: licencia Apache 2.0</translation>
    </message>
    <message>
        <source>Qt and PySide: GNU LGPL version 3, used as unchanged shared libraries</source>
        <translation>Qt y PySide: GNU LGPL versión 3, usados como bibliotecas compartidas sin cambios</translation>
    </message>
    <message>
        <source>Icons: Lucide, ISC licence</source>
        <translation>Iconos: Lucide, licencia ISC</translation>
    </message>
    <message>
        <source>torch: BSD-3-Clause; diffusers, transformers, safetensors: Apache License 2.0</source>
        <translation>torch: BSD-3-Clause; diffusers, transformers, safetensors: licencia Apache 2.0</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message>
        <source>Lienzo ended unexpectedly several times, so nothing runs until you start it.</source>
        <translation>Lienzo se cerró varias veces de forma inesperada; nada se pone en marcha hasta que tú lo digas.</translation>
    </message>
    <message>
        <source>Lienzo ended unexpectedly. The canvas, the queue and your words are back as they were.</source>
        <translation>Lienzo se cerró de forma inesperada. El lienzo, la cola y tus palabras han vuelto tal como estaban.</translation>
    </message>
</context>
<context>
    <name>Arrivals</name>
    <message>
        <source>“{word}” is learnt and can be used.</source>
        <translation>«{word}» está aprendido y se puede usar.</translation>
    </message>
    <message>
        <source>A picture for a document that is not open now is in the gallery. It comes into the document when that is opened again.</source>
        <translation>Una imagen para un documento que ahora no está abierto está en la galería. Entrará en el documento cuando se vuelva a abrir.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) made for this document earlier came into it.</source>
        <translation>
            <numerusform>Ha entrado una imagen hecha antes para este documento.</numerusform>
            <numerusform>Han entrado %n imágenes hechas antes para este documento.</numerusform>
        </translation>
    </message>
    <message>
        <source>Converted: {name}</source>
        <translation>Convertido: {name}</translation>
    </message>
    <message>
        <source>{name} is here and can be used.</source>
        <translation>{name} está aquí y se puede usar.</translation>
    </message>
</context>
<context>
    <name>BlendNames</name>
    <message>
        <source>Add</source>
        <translation>Sumar</translation>
    </message>
    <message>
        <source>Behind, within its shape</source>
        <translation>Detrás, dentro de su forma</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>Color</translation>
    </message>
    <message>
        <source>Colour burn</source>
        <translation>Subexponer color</translation>
    </message>
    <message>
        <source>Colour dodge</source>
        <translation>Sobreexponer color</translation>
    </message>
    <message>
        <source>Cut out of what is below</source>
        <translation>Recortar de lo de abajo</translation>
    </message>
    <message>
        <source>Darken</source>
        <translation>Oscurecer</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Diferencia</translation>
    </message>
    <message>
        <source>Hard light</source>
        <translation>Luz fuerte</translation>
    </message>
    <message>
        <source>Hue</source>
        <translation>Tono</translation>
    </message>
    <message>
        <source>Keep of what is below</source>
        <translation>Conservar de lo de abajo</translation>
    </message>
    <message>
        <source>Lighten</source>
        <translation>Aclarar</translation>
    </message>
    <message>
        <source>Luminosity</source>
        <translation>Luminosidad</translation>
    </message>
    <message>
        <source>Multiply</source>
        <translation>Multiplicar</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>Normal</translation>
    </message>
    <message>
        <source>Only on what is below</source>
        <translation>Solo sobre lo de abajo</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Superponer</translation>
    </message>
    <message>
        <source>Saturation</source>
        <translation>Saturación</translation>
    </message>
    <message>
        <source>Screen</source>
        <translation>Trama</translation>
    </message>
    <message>
        <source>Soft light</source>
        <translation>Luz suave</translation>
    </message>
</context>
<context>
    <name>Borrowing</name>
    <message>
        <source>It had places with words of their own, which belong to its canvas.</source>
        <translation>Tenía lugares con palabras propias, que pertenecen a su lienzo.</translation>
    </message>
    <message>
        <source>This picture does not say how it was made. Nothing was changed.</source>
        <translation>Esta imagen no dice cómo se hizo. No se ha cambiado nada.</translation>
    </message>
    <message>
        <source>The settings were taken over.</source>
        <translation>Se han tomado los ajustes.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>It started from the picture “{name}”, which is not inside it.</source>
        <translation>Partía de la imagen «{name}», que no va dentro de ella.</translation>
    </message>
    <message>
        <source>The model “{name}” is not here. The present one is kept.</source>
        <translation>El modelo «{name}» no está aquí. Se mantiene el actual.</translation>
    </message>
    <message>
        <source>The sampler “{name}” is not known to this model. The present one is kept.</source>
        <translation>Este modelo no conoce el muestreador «{name}». Se mantiene el actual.</translation>
    </message>
    <message>
        <source>This picture does not say that. Nothing was changed.</source>
        <translation>Esta imagen no dice eso. No se ha cambiado nada.</translation>
    </message>
    <message>
        <source>{name} is made for few steps: steps, guidance and sampler were set for it.</source>
        <translation>{name} está hecho para pocos pasos: se ajustaron pasos, guía y muestreador.</translation>
    </message>
    <message numerus="yes">
        <source>%n place(s) of this picture are not inside it.</source>
        <translation>
            <numerusform>%n lugar de esta imagen no está dentro de ella.</numerusform>
            <numerusform>%n lugares de esta imagen no están dentro de ella.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n map(s) of this picture are not inside it.</source>
        <translation>
            <numerusform>%n mapa de esta imagen no está dentro de ella.</numerusform>
            <numerusform>%n mapas de esta imagen no están dentro de ella.</numerusform>
        </translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Mapa</translation>
    </message>
    <message>
        <source>Place {number}</source>
        <translation>Lugar {number}</translation>
    </message>
</context>
<context>
    <name>Branching</name>
    <message>
        <source>Nothing was changed since this step, so the picture comes out the same.</source>
        <translation>Desde este paso no se ha cambiado nada, así que la imagen saldrá igual.</translation>
    </message>
    <message>
        <source>This sampler adds no noise on the way: all pictures from one step would be alike, so one is made. Euler a makes variations.</source>
        <translation>Este muestreador no añade ruido por el camino: todas las imágenes desde un mismo paso serían iguales, así que se hace una. Euler a hace variaciones.</translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Canvas</source>
        <translation>Taller</translation>
    </message>
</context>
<context>
    <name>CanvasWork</name>
    <message>
        <source>There is nothing to copy on this layer.</source>
        <translation>En esta capa no hay nada que copiar.</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Copiado.</translation>
    </message>
    <message>
        <source>Pasted</source>
        <translation>Pegado</translation>
    </message>
</context>
<context>
    <name>Causes</name>
    <message>
        <source>it is the first of two stages: the second draws, with this one beside it</source>
        <translation>es la primera de dos etapas: dibuja la segunda, con esta a su lado</translation>
    </message>
    <message>
        <source>it is the second of two stages: the first draws, with this one beside it</source>
        <translation>es la segunda de dos etapas: dibuja la primera, con esta a su lado</translation>
    </message>
    <message>
        <source>its first stage is not beside it</source>
        <translation>su primera etapa no está a su lado</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>el disco está lleno</translation>
    </message>
    <message>
        <source>your share of the disk is full</source>
        <translation>tu parte del disco está llena</translation>
    </message>
    <message>
        <source>the file is larger than this disk or account allows</source>
        <translation>el archivo es mayor de lo que permite este disco o cuenta</translation>
    </message>
    <message>
        <source>the disk is read-only</source>
        <translation>el disco es de solo lectura</translation>
    </message>
    <message>
        <source>it may not be written to</source>
        <translation>no hay permiso para escribir</translation>
    </message>
    <message>
        <source>the folder is missing</source>
        <translation>falta la carpeta</translation>
    </message>
    <message>
        <source>a folder on the way is a file</source>
        <translation>una carpeta de la ruta es un archivo</translation>
    </message>
    <message>
        <source>a folder has that name</source>
        <translation>una carpeta ya tiene ese nombre</translation>
    </message>
    <message>
        <source>the name is too long</source>
        <translation>el nombre es demasiado largo</translation>
    </message>
    <message>
        <source>the disk reports an error</source>
        <translation>el disco da un error</translation>
    </message>
    <message>
        <source>it may only be read</source>
        <translation>solo se puede leer</translation>
    </message>
    <message>
        <source>another program holds it</source>
        <translation>otro programa lo está usando</translation>
    </message>
    <message>
        <source>it is damaged</source>
        <translation>está dañado</translation>
    </message>
    <message>
        <source>it is not an ordinary file</source>
        <translation>no es un archivo normal</translation>
    </message>
    <message>
        <source>the file is larger than 1 GiB</source>
        <translation>el archivo pesa más de 1 GiB</translation>
    </message>
    <message>
        <source>there is no such file</source>
        <translation>ese archivo no existe</translation>
    </message>
    <message>
        <source>there is not enough memory for it</source>
        <translation>no hay memoria suficiente</translation>
    </message>
    <message>
        <source>its disk does not answer</source>
        <translation>su disco no responde</translation>
    </message>
    <message>
        <source>it makes films, and Lienzo draws pictures</source>
        <translation>hace películas, y Lienzo dibuja imágenes</translation>
    </message>
    <message>
        <source>it makes sounds</source>
        <translation>hace sonidos</translation>
    </message>
    <message>
        <source>it writes texts</source>
        <translation>escribe textos</translation>
    </message>
    <message>
        <source>it makes solid shapes</source>
        <translation>hace formas sólidas</translation>
    </message>
    <message>
        <source>it designs proteins</source>
        <translation>diseña proteínas</translation>
    </message>
    <message>
        <source>it looks at pictures and draws none; Lienzo reads maps with other networks</source>
        <translation>mira imágenes y no dibuja ninguna; Lienzo lee mapas con otras redes</translation>
    </message>
    <message>
        <source>it is made for ONNX, a library that Lienzo does not use</source>
        <translation>está hecho para ONNX, una biblioteca que Lienzo no usa</translation>
    </message>
    <message>
        <source>it makes pictures larger: Enlarge has it among its networks</source>
        <translation>agranda imágenes: Agrandar lo tiene entre sus redes</translation>
    </message>
    <message>
        <source>it is no model: FLUX.1 takes after pictures by its file and SigLIP in a model folder</source>
        <translation>no es un modelo: FLUX.1 se inspira en imágenes con su archivo y SigLIP en una carpeta de modelos</translation>
    </message>
    <message>
        <source>its licence forbids running it without the guard that looks over words and pictures, and Lienzo brings none</source>
        <translation>su licencia prohíbe usarlo sin el guardián que revisa palabras e imágenes, y Lienzo no trae ninguno</translation>
    </message>
    <message>
        <source>it is not a PNG, JPEG, WebP or TIFF picture</source>
        <translation>no es una imagen PNG, JPEG, WebP o TIFF</translation>
    </message>
    <message>
        <source>the file ends too early</source>
        <translation>el archivo termina antes de tiempo</translation>
    </message>
    <message>
        <source>it is not an OpenRaster file</source>
        <translation>no es un archivo OpenRaster</translation>
    </message>
    <message>
        <source>it is damaged, or no OpenRaster file</source>
        <translation>está dañado o no es un archivo OpenRaster</translation>
    </message>
    <message>
        <source>it has too many members</source>
        <translation>tiene demasiados elementos</translation>
    </message>
    <message>
        <source>it would unpack to far too much</source>
        <translation>al descomprimirlo ocuparía demasiado</translation>
    </message>
    <message>
        <source>it holds one member twice</source>
        <translation>contiene dos veces el mismo elemento</translation>
    </message>
    <message>
        <source>two of its members overlap</source>
        <translation>dos de sus elementos se solapan</translation>
    </message>
    <message>
        <source>one of its members is too large</source>
        <translation>uno de sus elementos es demasiado grande</translation>
    </message>
    <message>
        <source>one of its members is missing</source>
        <translation>falta uno de sus elementos</translation>
    </message>
    <message>
        <source>one of its members is damaged</source>
        <translation>uno de sus elementos está dañado</translation>
    </message>
    <message>
        <source>one of its members leads out of it</source>
        <translation>uno de sus elementos apunta fuera del archivo</translation>
    </message>
    <message>
        <source>one of its members is a link</source>
        <translation>uno de sus elementos es un enlace</translation>
    </message>
    <message>
        <source>one of its members is encrypted</source>
        <translation>uno de sus elementos está cifrado</translation>
    </message>
    <message>
        <source>one of its members is packed in an unknown way</source>
        <translation>uno de sus elementos está comprimido de un modo desconocido</translation>
    </message>
    <message>
        <source>its list of layers is damaged</source>
        <translation>su lista de capas está dañada</translation>
    </message>
    <message>
        <source>its list of layers declares entities, which no painting program does</source>
        <translation>su lista de capas declara entidades, cosa que ningún programa de pintura hace</translation>
    </message>
    <message>
        <source>it is larger than 16,384 pixels a side</source>
        <translation>mide más de 16.384 píxeles de lado</translation>
    </message>
    <message>
        <source>what Lienzo keeps in it is damaged</source>
        <translation>lo que Lienzo guarda en él está dañado</translation>
    </message>
    <message>
        <source>it was saved by a newer Lienzo</source>
        <translation>lo guardó una versión más reciente de Lienzo</translation>
    </message>
    <message>
        <source>it needs more memory than this computer has</source>
        <translation>necesita más memoria de la que tiene este ordenador</translation>
    </message>
</context>
<context>
    <name>ColourPopup</name>
    <message>
        <source>Foreground</source>
        <translation>Frontal</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>Fondo</translation>
    </message>
    <message>
        <source>Colour of</source>
        <translation>Color de</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>Color</translation>
    </message>
    <message>
        <source>Colour as a code, e.g. #f2643d</source>
        <translation>Color como código, p. ej. #f2643d</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Código</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find a command</source>
        <translation>Buscar una orden</translation>
    </message>
    <message>
        <source>Type what you want to do</source>
        <translation>Escribe qué quieres hacer</translation>
    </message>
    <message>
        <source>Commands found</source>
        <translation>Órdenes encontradas</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Archivo</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Edición</translation>
    </message>
    <message>
        <source>&amp;Select</source>
        <translation>&amp;Seleccionar</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>&amp;Herramientas</translation>
    </message>
    <message>
        <source>&amp;Generate</source>
        <translation>&amp;Generar</translation>
    </message>
    <message>
        <source>&amp;Picture</source>
        <translation>&amp;Imagen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;yuda</translation>
    </message>
    <message>
        <source>Start from a picture file…</source>
        <translation>Partir de un archivo de imagen…</translation>
    </message>
    <message>
        <source>Take settings from a picture file…</source>
        <translation>Tomar los ajustes de un archivo de imagen…</translation>
    </message>
    <message>
        <source>Show the library folder</source>
        <translation>Mostrar la carpeta de la biblioteca</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>Preferencias</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Salir</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Rehacer</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Pegar</translation>
    </message>
    <message>
        <source>Go to the prompt</source>
        <translation>Ir al prompt</translation>
    </message>
    <message>
        <source>Start a new prompt</source>
        <translation>Empezar un prompt nuevo</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>Generate before what waits</source>
        <translation>Generar antes de lo que espera</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>Parar y conservar</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Pause or resume the queue</source>
        <translation>Pausar o reanudar la cola</translation>
    </message>
    <message>
        <source>Cancel everything that waits or runs</source>
        <translation>Cancelar todo lo que espera o está en marcha</translation>
    </message>
    <message>
        <source>Remove the finished jobs</source>
        <translation>Quitar los trabajos terminados</translation>
    </message>
    <message>
        <source>Roll a new seed</source>
        <translation>Sacar otra semilla</translation>
    </message>
    <message>
        <source>Lock or free the seed</source>
        <translation>Fijar o soltar la semilla</translation>
    </message>
    <message>
        <source>Branch from this step</source>
        <translation>Ramificar desde este paso</translation>
    </message>
    <message>
        <source>Start from it</source>
        <translation>Partir de ella</translation>
    </message>
    <message>
        <source>Use its settings</source>
        <translation>Usar sus ajustes</translation>
    </message>
    <message>
        <source>Use its seed</source>
        <translation>Usar su semilla</translation>
    </message>
    <message>
        <source>Copy its prompt</source>
        <translation>Copiar su prompt</translation>
    </message>
    <message>
        <source>Show in its folder</source>
        <translation>Mostrar en su carpeta</translation>
    </message>
    <message>
        <source>Move to the trash</source>
        <translation>Mover a la papelera</translation>
    </message>
    <message>
        <source>What can be done with it</source>
        <translation>Qué se puede hacer con ella</translation>
    </message>
    <message>
        <source>Back to the running picture</source>
        <translation>Volver a la imagen en marcha</translation>
    </message>
    <message>
        <source>Previous picture</source>
        <translation>Imagen anterior</translation>
    </message>
    <message>
        <source>Next picture</source>
        <translation>Imagen siguiente</translation>
    </message>
    <message>
        <source>Only the picture and the prompt</source>
        <translation>Solo la imagen y el prompt</translation>
    </message>
    <message>
        <source>Go to the canvas</source>
        <translation>Ir al taller</translation>
    </message>
    <message>
        <source>Teach the model something</source>
        <translation>Enseñar algo al modelo</translation>
    </message>
    <message>
        <source>Fit the picture</source>
        <translation>Ver la imagen entera</translation>
    </message>
    <message>
        <source>Actual pixels</source>
        <translation>Tamaño real</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Acercar</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Alejar</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Pantalla completa</translation>
    </message>
    <message>
        <source>Go to the next part of the window</source>
        <translation>Ir a la parte siguiente de la ventana</translation>
    </message>
    <message>
        <source>Go to the part before</source>
        <translation>Ir a la parte anterior</translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation>Buscar una orden</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Teclado</translation>
    </message>
    <message>
        <source>About Lienzo</source>
        <translation>Acerca de Lienzo</translation>
    </message>
    <message>
        <source>Copy what all layers show</source>
        <translation>Copiar lo que muestran todas las capas</translation>
    </message>
    <message>
        <source>Fill with the foreground colour</source>
        <translation>Rellenar con el color frontal</translation>
    </message>
    <message>
        <source>Fill with the background colour</source>
        <translation>Rellenar con el color de fondo</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Vaciar</translation>
    </message>
    <message>
        <source>Select everything</source>
        <translation>Seleccionar todo</translation>
    </message>
    <message>
        <source>Select nothing</source>
        <translation>Anular la selección</translation>
    </message>
    <message>
        <source>Invert the selection</source>
        <translation>Invertir la selección</translation>
    </message>
    <message>
        <source>Grow the selection</source>
        <translation>Agrandar la selección</translation>
    </message>
    <message>
        <source>Shrink the selection</source>
        <translation>Encoger la selección</translation>
    </message>
    <message>
        <source>Feather the selection</source>
        <translation>Difuminar la selección</translation>
    </message>
    <message>
        <source>Paint the mask instead of the picture</source>
        <translation>Pintar la máscara en lugar de la imagen</translation>
    </message>
    <message>
        <source>Selection to mask</source>
        <translation>Selección a máscara</translation>
    </message>
    <message>
        <source>Mask to selection</source>
        <translation>Máscara a selección</translation>
    </message>
    <message>
        <source>Mask from what the layer covers</source>
        <translation>Máscara de lo que cubre la capa</translation>
    </message>
    <message>
        <source>Mask from how light the layer is</source>
        <translation>Máscara según la claridad de la capa</translation>
    </message>
    <message>
        <source>Invert the mask</source>
        <translation>Invertir la máscara</translation>
    </message>
    <message>
        <source>Empty the mask</source>
        <translation>Vaciar la máscara</translation>
    </message>
    <message>
        <source>Swap the colours</source>
        <translation>Intercambiar los colores</translation>
    </message>
    <message>
        <source>Black and white</source>
        <translation>Blanco y negro</translation>
    </message>
    <message>
        <source>Smaller tip</source>
        <translation>Punta más pequeña</translation>
    </message>
    <message>
        <source>Larger tip</source>
        <translation>Punta más grande</translation>
    </message>
    <message>
        <source>Softer tip</source>
        <translation>Punta más suave</translation>
    </message>
    <message>
        <source>Harder tip</source>
        <translation>Punta más dura</translation>
    </message>
    <message>
        <source>Mirror the view</source>
        <translation>Ver en espejo</translation>
    </message>
    <message>
        <source>Straighten the view</source>
        <translation>Enderezar la vista</translation>
    </message>
    <message>
        <source>Show only the mask</source>
        <translation>Mostrar solo la máscara</translation>
    </message>
    <message>
        <source>Hide mask and selection</source>
        <translation>Ocultar máscara y selección</translation>
    </message>
    <message>
        <source>Back to the canvas</source>
        <translation>Volver al lienzo</translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation>C&amp;apa</translation>
    </message>
    <message>
        <source>Before and after the result</source>
        <translation>Antes y después del resultado</translation>
    </message>
    <message>
        <source>Delete the layer</source>
        <translation>Eliminar la capa</translation>
    </message>
    <message>
        <source>Duplicate the layer</source>
        <translation>Duplicar la capa</translation>
    </message>
    <message>
        <source>Flatten</source>
        <translation>Acoplar</translation>
    </message>
    <message>
        <source>Group the layers</source>
        <translation>Agrupar las capas</translation>
    </message>
    <message>
        <source>Keep the mask on the shelf</source>
        <translation>Guardar la máscara en el estante</translation>
    </message>
    <message>
        <source>Lock or unlock the layer</source>
        <translation>Bloquear o desbloquear la capa</translation>
    </message>
    <message>
        <source>Merge down</source>
        <translation>Combinar hacia abajo</translation>
    </message>
    <message>
        <source>Move the layer down</source>
        <translation>Bajar la capa</translation>
    </message>
    <message>
        <source>Move the layer up</source>
        <translation>Subir la capa</translation>
    </message>
    <message>
        <source>New group</source>
        <translation>Grupo nuevo</translation>
    </message>
    <message>
        <source>New layer</source>
        <translation>Capa nueva</translation>
    </message>
    <message>
        <source>New layer from the visible ones</source>
        <translation>Capa nueva a partir de lo visible</translation>
    </message>
    <message>
        <source>New mask layer</source>
        <translation>Capa de máscara nueva</translation>
    </message>
    <message>
        <source>Next variant of the result</source>
        <translation>Variante siguiente del resultado</translation>
    </message>
    <message>
        <source>Previous variant of the result</source>
        <translation>Variante anterior del resultado</translation>
    </message>
    <message>
        <source>Show or hide the layer</source>
        <translation>Mostrar u ocultar la capa</translation>
    </message>
    <message>
        <source>Ungroup the layers</source>
        <translation>Desagrupar las capas</translation>
    </message>
    <message>
        <source>New document…</source>
        <translation>Nuevo documento…</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>Abrir…</translation>
    </message>
    <message>
        <source>Open recent</source>
        <translation>Abrir reciente</translation>
    </message>
    <message>
        <source>Place a picture as a layer…</source>
        <translation>Colocar una imagen como capa…</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>Guardar como…</translation>
    </message>
    <message>
        <source>Export as a picture…</source>
        <translation>Exportar como imagen…</translation>
    </message>
    <message>
        <source>Import a mask…</source>
        <translation>Importar una máscara…</translation>
    </message>
    <message>
        <source>Export the mask…</source>
        <translation>Exportar la máscara…</translation>
    </message>
    <message>
        <source>Look at it large</source>
        <translation>Verla en grande</translation>
    </message>
    <message>
        <source>Place it as a layer</source>
        <translation>Colocarla como capa</translation>
    </message>
    <message>
        <source>Use its prompt</source>
        <translation>Usar su prompt</translation>
    </message>
    <message>
        <source>Use its size</source>
        <translation>Usar su tamaño</translation>
    </message>
    <message>
        <source>Use its model</source>
        <translation>Usar su modelo</translation>
    </message>
    <message>
        <source>Vary: four other seeds</source>
        <translation>Variar: otras cuatro semillas</translation>
    </message>
    <message>
        <source>Make it again</source>
        <translation>Hacerla otra vez</translation>
    </message>
    <message>
        <source>Make it again and compare every pixel</source>
        <translation>Hacerla otra vez y comparar cada píxel</translation>
    </message>
    <message>
        <source>Make a sheet…</source>
        <translation>Hacer una lámina…</translation>
    </message>
    <message>
        <source>Export pictures…</source>
        <translation>Exportar imágenes…</translation>
    </message>
    <message>
        <source>Compare side by side</source>
        <translation>Comparar lado a lado</translation>
    </message>
    <message>
        <source>Compare with a slider</source>
        <translation>Comparar con cortina</translation>
    </message>
    <message>
        <source>Show what differs</source>
        <translation>Mostrar lo que difiere</translation>
    </message>
    <message>
        <source>Change sides</source>
        <translation>Cambiar de lado</translation>
    </message>
    <message>
        <source>Show or hide the recipe</source>
        <translation>Mostrar u ocultar la receta</translation>
    </message>
    <message>
        <source>Slide show</source>
        <translation>Presentación</translation>
    </message>
    <message>
        <source>Go to the models</source>
        <translation>Ir a los modelos</translation>
    </message>
    <message>
        <source>Get a model…</source>
        <translation>Obtener un modelo…</translation>
    </message>
    <message>
        <source>Go to the gallery</source>
        <translation>Ir a la galería</translation>
    </message>
    <message>
        <source>No stars</source>
        <translation>Sin estrellas</translation>
    </message>
    <message>
        <source>One star</source>
        <translation>Una estrella</translation>
    </message>
    <message>
        <source>Two stars</source>
        <translation>Dos estrellas</translation>
    </message>
    <message>
        <source>Three stars</source>
        <translation>Tres estrellas</translation>
    </message>
    <message>
        <source>Four stars</source>
        <translation>Cuatro estrellas</translation>
    </message>
    <message>
        <source>Five stars</source>
        <translation>Cinco estrellas</translation>
    </message>
    <message>
        <source>Red label</source>
        <translation>Color rojo</translation>
    </message>
    <message>
        <source>Yellow label</source>
        <translation>Color amarillo</translation>
    </message>
    <message>
        <source>Green label</source>
        <translation>Color verde</translation>
    </message>
    <message>
        <source>Blue label</source>
        <translation>Color azul</translation>
    </message>
    <message>
        <source>Purple label</source>
        <translation>Color morado</translation>
    </message>
    <message>
        <source>Favourite or not</source>
        <translation>Favorita o no</translation>
    </message>
    <message>
        <source>Tags…</source>
        <translation>Etiquetas…</translation>
    </message>
    <message>
        <source>Boards…</source>
        <translation>Tableros…</translation>
    </message>
    <message>
        <source>Notes…</source>
        <translation>Notas…</translation>
    </message>
    <message>
        <source>Search the pictures</source>
        <translation>Buscar entre las imágenes</translation>
    </message>
    <message>
        <source>Save this search…</source>
        <translation>Guardar esta búsqueda…</translation>
    </message>
    <message>
        <source>Gather or spread the stacks</source>
        <translation>Juntar o extender las pilas</translation>
    </message>
    <message>
        <source>Copy the files</source>
        <translation>Copiar los archivos</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Cambiar el nombre…</translation>
    </message>
    <message>
        <source>Move to a folder…</source>
        <translation>Mover a una carpeta…</translation>
    </message>
    <message>
        <source>Move what is picked to the trash</source>
        <translation>Mover lo elegido a la papelera</translation>
    </message>
    <message>
        <source>Add a folder to the gallery…</source>
        <translation>Añadir una carpeta a la galería…</translation>
    </message>
    <message>
        <source>Look at the folders again</source>
        <translation>Volver a mirar las carpetas</translation>
    </message>
    <message>
        <source>Follow it with a map…</source>
        <translation>Seguirla con un mapa…</translation>
    </message>
    <message>
        <source>More like this</source>
        <translation>Más como esta</translation>
    </message>
    <message>
        <source>Find near-duplicates</source>
        <translation>Buscar casi duplicadas</translation>
    </message>
    <message>
        <source>Enlarge…</source>
        <translation>Agrandar…</translation>
    </message>
    <message>
        <source>Take after it</source>
        <translation>Parecerse a ella</translation>
    </message>
</context>
<context>
    <name>CrashDialog</name>
    <message>
        <source>Something went wrong</source>
        <translation>Algo ha fallado</translation>
    </message>
    <message>
        <source>Something in Lienzo broke. Your prompt, settings and queue are kept, and you can go on.
The log is in {folder}.</source>
        <translation>Algo se ha roto en Lienzo. Tu prompt, tus ajustes y tu cola están a salvo y puedes seguir.
El registro está en {folder}.</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Informe</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Copiar el informe</translation>
    </message>
    <message>
        <source>Open log folder</source>
        <translation>Abrir la carpeta del registro</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Seguir</translation>
    </message>
</context>
<context>
    <name>CurveEdit</name>
    <message>
        <source>Pressure curve</source>
        <translation>Curva de presión</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
</context>
<context>
    <name>Documents</name>
    <message>
        <source>The canvas of the last time was damaged and could not be read. It is kept as {name}.</source>
        <translation>El lienzo de la última vez estaba dañado y no se pudo leer. Se conserva como {name}.</translation>
    </message>
    <message>
        <source>The canvas of the last time was damaged. What was whole is back; it is kept as {name}.</source>
        <translation>El lienzo de la última vez estaba dañado. Lo que estaba entero ha vuelto; se conserva como {name}.</translation>
    </message>
    <message>
        <source>A newer Lienzo kept this canvas. It is shown; what you paint is not kept. Update Lienzo.</source>
        <translation>Un Lienzo más nuevo guardó este lienzo. Se muestra; lo que pintes no se conserva. Actualiza Lienzo.</translation>
    </message>
    <message>
        <source>The file that keeps the canvas cannot be written: what you paint is not kept.</source>
        <translation>No se puede escribir el archivo que conserva el lienzo: lo que pintes no se conserva.</translation>
    </message>
    <message>
        <source>The file that keeps the canvas was brought up to date; {name} is how it was.</source>
        <translation>El archivo que conserva el lienzo se puso al día; {name} es como estaba.</translation>
    </message>
</context>
<context>
    <name>Downloads</name>
    <message>
        <source>Fetching {title}</source>
        <translation>Trayendo {title}</translation>
    </message>
</context>
<context>
    <name>Starting</name>
    <message>
        <source>The start picture was removed.</source>
        <translation>Se quitó la imagen de partida.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
</context>
<context>
    <name>Drawing</name>
    <message>
        <source>There is not enough memory for this.</source>
        <translation>No hay memoria suficiente para esto.</translation>
    </message>
    <message>
        <source>This could not be done; nothing has changed.</source>
        <translation>No se pudo hacer; nada ha cambiado.</translation>
    </message>
</context>
<context>
    <name>Durations</name>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <source>{hours} h</source>
        <translation>{hours} h</translation>
    </message>
    <message>
        <source>{seconds} s/step</source>
        <translation>{seconds} s/paso</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Parando</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Empezando</translation>
    </message>
    <message>
        <source>step {step} of {total}</source>
        <translation>paso {step} de {total}</translation>
    </message>
    <message>
        <source>picture {number} of {count}</source>
        <translation>imagen {number} de {count}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>quedan {time}</translation>
    </message>
</context>
<context>
    <name>EditPanel</name>
    <message>
        <source>There is no picture to change yet.</source>
        <translation>Todavía no hay ninguna imagen que cambiar.</translation>
    </message>
    <message>
        <source>From words alone. To change this picture, paint over it with the mask brush (N).</source>
        <translation>Solo con palabras. Para cambiar esta imagen, pinta encima con el pincel de máscara (N).</translation>
    </message>
    <message>
        <source>After its reference alone. To change this picture, paint over it with the mask brush (N).</source>
        <translation>Solo a partir de su referencia. Para cambiar esta imagen, pinta encima con el pincel de máscara (N).</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>How much may change</source>
        <translation>Cuánto puede cambiar</translation>
    </message>
    <message>
        <source>How much may change: 0 keeps what is there, 1 makes it anew</source>
        <translation>Cuánto puede cambiar: 0 conserva lo que hay, 1 lo hace de nuevo</translation>
    </message>
    <message>
        <source>Begin with</source>
        <translation>Empezar con</translation>
    </message>
    <message>
        <source>Grow the mask</source>
        <translation>Ampliar la máscara</translation>
    </message>
    <message>
        <source>Ease in</source>
        <translation>Transición</translation>
    </message>
    <message>
        <source>Surroundings</source>
        <translation>Entorno</translation>
    </message>
    <message>
        <source>Blend the edge</source>
        <translation>Fundir el borde</translation>
    </message>
    <message>
        <source>Seam</source>
        <translation>Costura</translation>
    </message>
    <message>
        <source>Live: generate while I paint</source>
        <translation>En vivo: generar mientras pinto</translation>
    </message>
    <message>
        <source>A new picture</source>
        <translation>Una imagen nueva</translation>
    </message>
    <message>
        <source>What the mask says</source>
        <translation>Según la máscara</translation>
    </message>
    <message>
        <source>Remove what is painted</source>
        <translation>Quitar lo pintado</translation>
    </message>
    <message>
        <source>Fill what is empty</source>
        <translation>Rellenar lo vacío</translation>
    </message>
    <message>
        <source>The whole picture</source>
        <translation>La imagen entera</translation>
    </message>
    <message>
        <source>Refine</source>
        <translation>Refinar</translation>
    </message>
    <message>
        <source>What is there</source>
        <translation>Lo que ya hay</translation>
    </message>
    <message>
        <source>Continued edges</source>
        <translation>Bordes prolongados</translation>
    </message>
    <message>
        <source>Blurred surroundings</source>
        <translation>Entorno difuminado</translation>
    </message>
    <message>
        <source>Grey</source>
        <translation>Gris</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>Ruido</translation>
    </message>
    <message>
        <source>As little as needed</source>
        <translation>Lo menos posible</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>Dejarla</translation>
    </message>
    <message>
        <source>Brightness, contrast</source>
        <translation>Brillo y contraste</translation>
    </message>
    <message>
        <source>Soft colours</source>
        <translation>Colores suaves</translation>
    </message>
    <message>
        <source>Blend the detail</source>
        <translation>Fundir el detalle</translation>
    </message>
    <message>
        <source>Auto</source>
        <translation>Auto</translation>
    </message>
    <message>
        <source>May change</source>
        <translation>Cambio</translation>
    </message>
    <message>
        <source>How it is joined</source>
        <translation>Cómo se une</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Ampliar</translation>
    </message>
    <message>
        <source>The mask becomes larger</source>
        <translation>La máscara se hace mayor</translation>
    </message>
    <message>
        <source>How far around the mask the model eases into what stays; nothing of that is pasted</source>
        <translation>Hasta dónde, alrededor de la máscara, el modelo pasa suavemente a lo que se conserva; nada de eso se pega</translation>
    </message>
    <message>
        <source>How much around the mask the model sees</source>
        <translation>Cuánto ve el modelo alrededor de la máscara</translation>
    </message>
    <message>
        <source>Edge</source>
        <translation>Borde</translation>
    </message>
    <message>
        <source>How softly the result is laid over what was there</source>
        <translation>Con qué suavidad se pone el resultado sobre lo que había</translation>
    </message>
    <message>
        <source>This model changes a picture: choose “The whole picture”, or a start picture.</source>
        <translation>Este modelo cambia una imagen: elige «La imagen entera» o una imagen de partida.</translation>
    </message>
    <message>
        <source>The whole picture is taken apart. Its layers come in a group on top of all.</source>
        <translation>Se descompone toda la imagen. Sus capas llegan en un grupo encima de todo.</translation>
    </message>
</context>
<context>
    <name>EnginePill</name>
    <message>
        <source>the engine is starting</source>
        <translation>el motor está arrancando</translation>
    </message>
    <message>
        <source>The engine is starting</source>
        <translation>El motor está arrancando</translation>
    </message>
    <message>
        <source>The engine works</source>
        <translation>El motor trabaja</translation>
    </message>
    <message>
        <source>The engine rests</source>
        <translation>El motor descansa</translation>
    </message>
</context>
<context>
    <name>Facts</name>
    <message>
        <source>step {step} of {total}</source>
        <translation>paso {step} de {total}</translation>
    </message>
    <message>
        <source>start picture</source>
        <translation>imagen de partida</translation>
    </message>
    <message>
        <source>being saved</source>
        <translation>se está guardando</translation>
    </message>
    <message>
        <source>The file is not where it was saved: {name}</source>
        <translation>El archivo no está donde se guardó: {name}</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>semilla {seed}</translation>
    </message>
</context>
<context>
    <name>FileView</name>
    <message>
        <source>Models</source>
        <translation>Modelos</translation>
    </message>
</context>
<context>
    <name>Filmstrip</name>
    <message>
        <source>Every step and every picture lines up here.</source>
        <translation>Aquí se alinean cada paso y cada imagen.</translation>
    </message>
    <message>
        <source>step {number}</source>
        <translation>paso {number}</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>no está</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>semilla {seed}</translation>
    </message>
</context>
<context>
    <name>Measuring</name>
    <message>
        <source>Measuring {model}</source>
        <translation>Midiendo {model}</translation>
    </message>
</context>
<context>
    <name>SpeedTable</name>
    <message>
        <source>A picture</source>
        <translation>Una imagen</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Tiempo</translation>
    </message>
    <message>
        <source>Error of 255</source>
        <translation>Error de 255</translation>
    </message>
    <message>
        <source>Measured speeds</source>
        <translation>Velocidades medidas</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>Medir de nuevo</translation>
    </message>
    <message>
        <source>Measure on this machine</source>
        <translation>Medir en este equipo</translation>
    </message>
    <message>
        <source>Waits for the engine. Stop</source>
        <translation>Espera al motor. Detener</translation>
    </message>
    <message>
        <source>Measuring, {share}. Stop</source>
        <translation>Midiendo, {share}. Detener</translation>
    </message>
    <message>
        <source>Draws {count} pictures with the model's own settings, the same seeds at each speed. What you ask for meanwhile comes first.</source>
        <translation>Dibuja {count} imágenes con los ajustes propios del modelo, las mismas semillas a cada velocidad. Lo que pidas mientras tanto va primero.</translation>
    </message>
    <message>
        <source>At most about {time}.</source>
        <translation>Como mucho unos {time}.</translation>
    </message>
    <message>
        <source>{speed}: against Exact on the same seeds pixels differ by {mean} of 255 on average, by {worst} in the worst of {count} pictures (PSNR {psnr} dB).</source>
        <translation>{speed}: frente a Exacta, con las mismas semillas, los píxeles difieren {mean} de 255 de media, {worst} en la peor de {count} imágenes (PSNR {psnr} dB).</translation>
    </message>
</context>
<context>
    <name>Verifying</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Verified: “{name}” was made again, and every pixel is the same.</source>
        <translation>Verificada: «{name}» se hizo otra vez y todos los píxeles son iguales.</translation>
    </message>
    <message>
        <source>Another picture is being verified; it will not take long.</source>
        <translation>Se está verificando otra imagen; no tardará mucho.</translation>
    </message>
    <message>
        <source>Verified: “{name}” was made again as its recipe promises. Its format keeps them nearly.</source>
        <translation>Verificada: «{name}» se hizo otra vez como promete su receta. Su formato los conserva casi iguales.</translation>
    </message>
    <message>
        <source>“{name}” is made again to compare it.</source>
        <translation>«{name}» se hace otra vez para compararla.</translation>
    </message>
    <message>
        <source>“{name}” was changed after it was made: its recipe makes other pixels.</source>
        <translation>«{name}» se cambió después de hacerse: su receta da otros píxeles.</translation>
    </message>
    <message>
        <source>“{name}” came out differently.</source>
        <translation>«{name}» ha salido distinta.</translation>
    </message>
</context>
<context>
    <name>Sheets</name>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guía</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Fuerza</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) of the sheet were not made.</source>
        <translation>
            <numerusform>Una imagen de la lámina no se hizo.</numerusform>
            <numerusform>%n imágenes de la lámina no se hicieron.</numerusform>
        </translation>
    </message>
    <message>
        <source>The sheet is in the gallery.</source>
        <translation>La lámina está en la galería.</translation>
    </message>
    <message>
        <source>Make them</source>
        <translation>Hacerlas</translation>
    </message>
    <message>
        <source>Show it as it is</source>
        <translation>Mostrarla como está</translation>
    </message>
</context>
<context>
    <name>Exporting</name>
    <message numerus="yes">
        <source>%n picture(s) exported.</source>
        <translation>
            <numerusform>Una imagen exportada.</numerusform>
            <numerusform>%n imágenes exportadas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n could not be read:</source>
        <translation>
            <numerusform>Una no se pudo leer:</numerusform>
            <numerusform>%n no se pudieron leer:</numerusform>
        </translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>An export is under way; start the next when it is done.</source>
        <translation>Hay una exportación en marcha; empieza la siguiente cuando termine.</translation>
    </message>
    <message>
        <source>The export was cancelled; nothing of it was left.</source>
        <translation>La exportación se canceló; no ha quedado nada de ella.</translation>
    </message>
    <message>
        <source>What was exported is removed again.</source>
        <translation>Lo exportado se ha vuelto a quitar.</translation>
    </message>
    <message>
        <source>No font of this computer has these letters; boxes stand for them: {letters}</source>
        <translation>Ningún tipo de letra de este ordenador tiene estas letras; en su lugar hay recuadros: {letters}</translation>
    </message>
    <message numerus="yes">
        <source>%n of them without its layers or depth, which go along into PNG with the recipe.</source>
        <translation>
            <numerusform>Una de ellas sin sus capas o su profundidad, que solo van en PNG con la receta.</numerusform>
            <numerusform>%n de ellas sin sus capas o su profundidad, que solo van en PNG con la receta.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PictureMenu</name>
    <message>
        <source>Use only</source>
        <translation>Usar solo</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>Otra vez</translation>
    </message>
</context>
<context>
    <name>Differing</name>
    <message>
        <source>Every pixel is the same.</source>
        <translation>Todos los píxeles son iguales.</translation>
    </message>
    <message>
        <source>{pixels} of {total} pixels differ, by at most {largest} of 255.</source>
        <translation>{pixels} de {total} píxeles difieren, como mucho en {largest} de 255.</translation>
    </message>
    <message>
        <source>The second was scaled to the size of the first.</source>
        <translation>La segunda se escaló al tamaño de la primera.</translation>
    </message>
</context>
<context>
    <name>Captions</name>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} de {count}</translation>
    </message>
</context>
<context>
    <name>ViewerStrip</name>
    <message>
        <source>Pictures found</source>
        <translation>Imágenes encontradas</translation>
    </message>
</context>
<context>
    <name>StepScrubber</name>
    <message>
        <source>Step</source>
        <translation>Paso</translation>
    </message>
    <message>
        <source>step {number} of {total}</source>
        <translation>paso {number} de {total}</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>terminada</translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>Picture to compare with</source>
        <translation>Imagen con la que se compara</translation>
    </message>
</context>
<context>
    <name>Recipe</name>
    <message>
        <source>Guider</source>
        <translation>Tipo de guía</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>Profundidad</translation>
    </message>
    <message>
        <source>in 16 bits, inside the PNG</source>
        <translation>en 16 bits, dentro del PNG</translation>
    </message>
    <message>
        <source>As it was written</source>
        <translation>Como se escribió</translation>
    </message>
    <message>
        <source>Styles</source>
        <translation>Estilos</translation>
    </message>
    <message>
        <source>Places with words</source>
        <translation>Lugares con palabras</translation>
    </message>
    <message>
        <source>Read as</source>
        <translation>Leído como</translation>
    </message>
    <message>
        <source>Described by the model as</source>
        <translation>Descrita por el modelo como</translation>
    </message>
    <message>
        <source>{changed} of {kept} kept pixels changed</source>
        <translation>{changed} de {kept} píxeles conservados cambiaron</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Archivo</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Carpeta</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Hecha por</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Prompt negativo</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Model’s hash</source>
        <translation>Huella del modelo</translation>
    </message>
    <message>
        <source>Model’s licence</source>
        <translation>Licencia del modelo</translation>
    </message>
    <message>
        <source>LoRAs</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Learnt words</source>
        <translation>Palabras aprendidas</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Muestreador</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guía</translation>
    </message>
    <message>
        <source>Rescale</source>
        <translation>Reescalado</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Velocidad</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Hecha el</translation>
    </message>
    <message>
        <source>Took</source>
        <translation>Tardó</translation>
    </message>
    <message>
        <source>On</source>
        <translation>En</translation>
    </message>
    <message>
        <source>With</source>
        <translation>Con</translation>
    </message>
    <message>
        <source>Pixels’ hash</source>
        <translation>Huella de los píxeles</translation>
    </message>
    <message>
        <source>{steps}, stopped after {stopped}</source>
        <translation>{steps}, parada tras {stopped}</translation>
    </message>
    <message>
        <source>Made at</source>
        <translation>Hecha a</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Fuerza</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Receta</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguna</translation>
    </message>
    <message>
        <source>Started from</source>
        <translation>Parte de</translation>
    </message>
    <message>
        <source>after step {step} of another picture</source>
        <translation>tras el paso {step} de otra imagen</translation>
    </message>
    <message>
        <source>Branched</source>
        <translation>Ramificada</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Edición</translation>
    </message>
    <message>
        <source>Takes after</source>
        <translation>Se parece a</translation>
    </message>
</context>
<context>
    <name>InfoPanel</name>
    <message>
        <source>Recipe as it was written</source>
        <translation>La receta tal como se escribió</translation>
    </message>
    <message numerus="yes">
        <source>%n row(s) differ.</source>
        <translation>
            <numerusform>Una fila difiere.</numerusform>
            <numerusform>%n filas difieren.</numerusform>
        </translation>
    </message>
    <message>
        <source>Recipe as</source>
        <translation>Receta como</translation>
    </message>
    <message>
        <source>This file holds no text.</source>
        <translation>Este archivo no contiene texto.</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Datos</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>Tal cual</translation>
    </message>
</context>
<context>
    <name>RecipeTable</name>
    <message>
        <source>Recipe</source>
        <translation>Receta</translation>
    </message>
</context>
<context>
    <name>ViewerHeader</name>
    <message>
        <source>Back</source>
        <translation>Volver</translation>
    </message>
    <message>
        <source>Back to where you came from (Esc)</source>
        <translation>Volver a donde estabas (Esc)</translation>
    </message>
    <message>
        <source>Change sides</source>
        <translation>Cambiar de lado</translation>
    </message>
    <message>
        <source>Fit the picture (Ctrl+0)</source>
        <translation>Ver la imagen entera (Ctrl+0)</translation>
    </message>
    <message>
        <source>Slide show</source>
        <translation>Presentación</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Pantalla completa</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Receta</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Comparar</translation>
    </message>
    <message>
        <source>How much larger differences are shown</source>
        <translation>Cuánto se amplían las diferencias</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>One</source>
        <translation>Una</translation>
    </message>
    <message>
        <source>Side by side</source>
        <translation>Lado a lado</translation>
    </message>
    <message>
        <source>Slider</source>
        <translation>Cortina</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Diferencia</translation>
    </message>
    <message>
        <source>Zoom {percent}, fit the picture</source>
        <translation>Vista al {percent}; ver la imagen entera</translation>
    </message>
</context>
<context>
    <name>SheetDialog</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Make a sheet</source>
        <translation>Hacer una lámina</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Columnas</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Filas</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Páginas</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) of the sheet are in the queue.</source>
        <translation>
            <numerusform>Una imagen de la lámina está en la cola.</numerusform>
            <numerusform>%n imágenes de la lámina están en la cola.</numerusform>
        </translation>
    </message>
    <message>
        <source>Make the sheet</source>
        <translation>Hacer la lámina</translation>
    </message>
    <message>
        <source>Words of the prompt</source>
        <translation>Palabras del prompt</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guía</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Muestreador</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>without a prompt</source>
        <translation>sin prompt</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nada</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Fuerza</translation>
    </message>
    <message>
        <source>how long is known after the first picture</source>
        <translation>cuánto tarda se sabrá tras la primera imagen</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>unos {time}</translation>
    </message>
    <message>
        <source>Weight of {lora}</source>
        <translation>Peso de {lora}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
</context>
<context>
    <name>PictureDialogs</name>
    <message>
        <source>Export to</source>
        <translation>Exportar a</translation>
    </message>
    <message>
        <source>pictures</source>
        <translation>imágenes</translation>
    </message>
</context>
<context>
    <name>ExportPicturesDialog</name>
    <message>
        <source>Nothing but pixels goes out, under numbers instead of names. Each file is read back by every reader there is, to prove it.</source>
        <translation>Solo salen los píxeles, con números en vez de nombres. Cada archivo se vuelve a leer con todos los lectores que hay, para probarlo.</translation>
    </message>
    <message>
        <source>Export pictures</source>
        <translation>Exportar imágenes</translation>
    </message>
    <message>
        <source>Make them smaller</source>
        <translation>Hacerlas más pequeñas</translation>
    </message>
    <message>
        <source>Keep in them how they were made</source>
        <translation>Conservar en ellas cómo se hicieron</translation>
    </message>
    <message>
        <source>Landscape</source>
        <translation>Apaisada</translation>
    </message>
    <message>
        <source>Names of the files</source>
        <translation>Nombres de los archivos</translation>
    </message>
    <message>
        <source>Prompts</source>
        <translation>Sus prompts</translation>
    </message>
    <message>
        <source>Progress of the export</source>
        <translation>Progreso de la exportación</translation>
    </message>
    <message>
        <source>A4, with captions below the pictures; a page for as many as fit.</source>
        <translation>A4, con los textos debajo de las imágenes; una página por cada grupo que quepa.</translation>
    </message>
    <message>
        <source>Prompt, seed and settings go out with them, for whoever gets the files.</source>
        <translation>El prompt, la semilla y los ajustes salen con ellas, para quien reciba los archivos.</translation>
    </message>
    <message>
        <source>Export as</source>
        <translation>Exportar como</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportar…</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Formato</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Calidad</translation>
    </message>
    <message>
        <source>Longer side, in pixels</source>
        <translation>Lado mayor, en píxeles</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>Columnas</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Filas</translation>
    </message>
    <message>
        <source>Captions</source>
        <translation>Textos</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Archivos</translation>
    </message>
    <message>
        <source>Contact sheet</source>
        <translation>Hoja de contactos</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>Como está</translation>
    </message>
</context>
<context>
    <name>AxisRow</name>
    <message>
        <source>Choose them with +, or write them with commas.</source>
        <translation>Elígelos con + o escríbelos separados por comas.</translation>
    </message>
    <message>
        <source>Add a value</source>
        <translation>Añadir un valor</translation>
    </message>
    <message>
        <source>The first words stand in the prompt; the others take their place.</source>
        <translation>Las primeras palabras están en el prompt; las demás ocupan su lugar.</translation>
    </message>
    <message>
        <source>Numbers with commas, or a range such as 1..4 or 10..30:10.</source>
        <translation>Números separados por comas, o un intervalo como 1..4 o 10..30:10.</translation>
    </message>
    <message>
        <source>Numbers with commas, or a range such as 3..9:1.5.</source>
        <translation>Números separados por comas, o un intervalo como 3..9:1.5.</translation>
    </message>
    <message>
        <source>Values of {axis}</source>
        <translation>Valores de {axis}</translation>
    </message>
    <message>
        <source>Add a value to {axis}</source>
        <translation>Añadir un valor a {axis}</translation>
    </message>
</context>
<context>
    <name>GeneratePanel</name>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>Parar y conservar</translation>
    </message>
    <message>
        <source>Finish the picture from what is there (Esc)</source>
        <translation>Terminar la imagen con lo que hay (Esc)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Stop and throw the unfinished picture away (Esc twice)</source>
        <translation>Parar y descartar la imagen a medias (Esc dos veces)</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Intro</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>unos {time}</translation>
    </message>
</context>
<context>
    <name>Ending</name>
    <message>
        <source>Exporting pictures</source>
        <translation>Exportando imágenes</translation>
    </message>
    <message>
        <source>{work}. Lienzo closes when that is done; closed at once, all else is kept.</source>
        <translation>{work}. Lienzo se cierra al terminar; si se cierra ya, se guarda todo lo demás.</translation>
    </message>
    <message>
        <source>Close at once</source>
        <translation>Cerrar ya</translation>
    </message>
    <message>
        <source>Stay open</source>
        <translation>No cerrar</translation>
    </message>
</context>
<context>
    <name>Generating</name>
    <message>
        <source>Write first what should appear.</source>
        <translation>Escribe primero qué debe aparecer.</translation>
    </message>
    <message>
        <source>Generate without a prompt</source>
        <translation>Generar sin prompt</translation>
    </message>
    <message>
        <source>There is no picture to change yet.</source>
        <translation>Todavía no hay ninguna imagen que cambiar.</translation>
    </message>
    <message>
        <source>Open a picture…</source>
        <translation>Abrir una imagen…</translation>
    </message>
    <message>
        <source>This model changes a picture, as the prompt says. Which one?</source>
        <translation>Este modelo cambia una imagen según el prompt. ¿Cuál?</translation>
    </message>
    <message>
        <source>The one on the canvas</source>
        <translation>La del lienzo</translation>
    </message>
</context>
<context>
    <name>History</name>
    <message>
        <source>Add a place with words</source>
        <translation>Añadir un lugar con palabras</translation>
    </message>
    <message>
        <source>Remove a place with words</source>
        <translation>Quitar un lugar con palabras</translation>
    </message>
    <message>
        <source>Change a place with words</source>
        <translation>Cambiar un lugar con palabras</translation>
    </message>
    <message>
        <source>New layer</source>
        <translation>Capa nueva</translation>
    </message>
    <message>
        <source>Place picture</source>
        <translation>Colocar imagen</translation>
    </message>
    <message>
        <source>New group</source>
        <translation>Grupo nuevo</translation>
    </message>
    <message>
        <source>New mask layer</source>
        <translation>Capa de máscara nueva</translation>
    </message>
    <message>
        <source>Duplicate layer</source>
        <translation>Duplicar capa</translation>
    </message>
    <message>
        <source>Delete layer</source>
        <translation>Eliminar capa</translation>
    </message>
    <message>
        <source>Rename layer</source>
        <translation>Renombrar capa</translation>
    </message>
    <message>
        <source>Layer opacity</source>
        <translation>Opacidad de la capa</translation>
    </message>
    <message>
        <source>Blend mode</source>
        <translation>Modo de fusión</translation>
    </message>
    <message>
        <source>Show layer</source>
        <translation>Mostrar capa</translation>
    </message>
    <message>
        <source>Hide layer</source>
        <translation>Ocultar capa</translation>
    </message>
    <message>
        <source>Show one layer</source>
        <translation>Mostrar una sola capa</translation>
    </message>
    <message>
        <source>Lock layer</source>
        <translation>Bloquear capa</translation>
    </message>
    <message>
        <source>Unlock layer</source>
        <translation>Desbloquear capa</translation>
    </message>
    <message>
        <source>Lock transparency</source>
        <translation>Bloquear la transparencia</translation>
    </message>
    <message>
        <source>Isolate group</source>
        <translation>Aislar grupo</translation>
    </message>
    <message>
        <source>Move layer in the list</source>
        <translation>Mover capa en la lista</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Mover</translation>
    </message>
    <message>
        <source>Group layers</source>
        <translation>Agrupar capas</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>Desagrupar</translation>
    </message>
    <message>
        <source>Merge down</source>
        <translation>Combinar hacia abajo</translation>
    </message>
    <message>
        <source>Turn into a paint layer</source>
        <translation>Convertir en capa de pintura</translation>
    </message>
    <message>
        <source>New layer from the visible ones</source>
        <translation>Capa nueva a partir de lo visible</translation>
    </message>
    <message>
        <source>Flatten</source>
        <translation>Acoplar</translation>
    </message>
    <message>
        <source>Clone</source>
        <translation>Clonar</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>Seleccionar</translation>
    </message>
    <message>
        <source>Select nothing</source>
        <translation>Anular la selección</translation>
    </message>
    <message>
        <source>Invert the selection</source>
        <translation>Invertir la selección</translation>
    </message>
    <message>
        <source>Change the selection</source>
        <translation>Cambiar la selección</translation>
    </message>
    <message>
        <source>Selection to mask</source>
        <translation>Selección a máscara</translation>
    </message>
    <message>
        <source>Mask to selection</source>
        <translation>Máscara a selección</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>Rellenar</translation>
    </message>
    <message>
        <source>Mask from the layer</source>
        <translation>Máscara de la capa</translation>
    </message>
    <message>
        <source>Invert the mask</source>
        <translation>Invertir la máscara</translation>
    </message>
    <message>
        <source>Empty the mask</source>
        <translation>Vaciar la máscara</translation>
    </message>
    <message>
        <source>Change or keep what is painted</source>
        <translation>Cambiar o conservar lo pintado</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Vaciar</translation>
    </message>
    <message>
        <source>Brush stroke</source>
        <translation>Pincelada</translation>
    </message>
    <message>
        <source>Erase</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <source>Paint the mask</source>
        <translation>Pintar la máscara</translation>
    </message>
    <message>
        <source>Erase the mask</source>
        <translation>Borrar la máscara</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>Degradado</translation>
    </message>
    <message>
        <source>Crop the canvas</source>
        <translation>Recortar el lienzo</translation>
    </message>
    <message>
        <source>Paint a variant</source>
        <translation>Pintar una variante</translation>
    </message>
    <message>
        <source>Transform</source>
        <translation>Transformar</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>More variants</source>
        <translation>Más variantes</translation>
    </message>
    <message>
        <source>Choose variant</source>
        <translation>Elegir variante</translation>
    </message>
    <message>
        <source>Remove variant</source>
        <translation>Quitar variante</translation>
    </message>
    <message>
        <source>Accept result</source>
        <translation>Aceptar resultado</translation>
    </message>
    <message>
        <source>Discard result</source>
        <translation>Descartar resultado</translation>
    </message>
    <message>
        <source>Reconsider result</source>
        <translation>Reconsiderar resultado</translation>
    </message>
    <message>
        <source>Mask from layer</source>
        <translation>Máscara a partir de capa</translation>
    </message>
    <message>
        <source>Mask from light</source>
        <translation>Máscara a partir de la luz</translation>
    </message>
    <message>
        <source>Mask of the result</source>
        <translation>Máscara del resultado</translation>
    </message>
    <message>
        <source>Keep mask</source>
        <translation>Guardar máscara</translation>
    </message>
    <message>
        <source>Use mask</source>
        <translation>Usar máscara</translation>
    </message>
    <message>
        <source>Add mask</source>
        <translation>Sumar máscara</translation>
    </message>
    <message>
        <source>Subtract mask</source>
        <translation>Restar máscara</translation>
    </message>
    <message>
        <source>Intersect with mask</source>
        <translation>Intersecar con máscara</translation>
    </message>
    <message>
        <source>Rename mask</source>
        <translation>Renombrar máscara</translation>
    </message>
    <message>
        <source>Remove mask</source>
        <translation>Quitar máscara</translation>
    </message>
    <message>
        <source>Reorder masks</source>
        <translation>Reordenar máscaras</translation>
    </message>
    <message>
        <source>Import mask</source>
        <translation>Importar máscara</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>Add map</source>
        <translation>Añadir un mapa</translation>
    </message>
    <message>
        <source>Change map</source>
        <translation>Cambiar el mapa</translation>
    </message>
    <message>
        <source>Pose</source>
        <translation>Postura</translation>
    </message>
    <message>
        <source>Remove map</source>
        <translation>Quitar el mapa</translation>
    </message>
    <message>
        <source>Taken apart</source>
        <translation>Descompuesta en capas</translation>
    </message>
</context>
<context>
    <name>HistoryItemModel</name>
    <message>
        <source>Beginning</source>
        <translation>Principio</translation>
    </message>
    <message>
        <source>{what}, undone</source>
        <translation>{what}, deshecho</translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>{megabytes} of {limit} MB</source>
        <translation>{megabytes} de {limit} MB</translation>
    </message>
</context>
<context>
    <name>ImageStrip</name>
    <message>
        <source>Filmstrip</source>
        <translation>Tira de imágenes</translation>
    </message>
</context>
<context>
    <name>JobQueue</name>
    <message numerus="yes">
        <source>%n job(s) removed from the queue.</source>
        <translation>
            <numerusform>Se ha quitado un trabajo de la cola.</numerusform>
            <numerusform>Se han quitado %n trabajos de la cola.</numerusform>
        </translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>{what}
The job is tried once more.</source>
        <translation>{what}
Se intenta una vez más.</translation>
    </message>
    <message>
        <source>Save again</source>
        <translation>Guardar otra vez</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) are waiting. Run on?</source>
        <translation>
            <numerusform>Un trabajo espera. ¿Continuar?</numerusform>
            <numerusform>%n trabajos esperan. ¿Continuar?</numerusform>
        </translation>
    </message>
    <message>
        <source>Run on</source>
        <translation>Continuar</translation>
    </message>
</context>
<context>
    <name>KeyboardHelp</name>
    <message>
        <source>Keyboard</source>
        <translation>Teclado</translation>
    </message>
    <message>
        <source>In the prompt</source>
        <translation>En el prompt</translation>
    </message>
    <message>
        <source>More or less weight for the chosen words</source>
        <translation>Más o menos peso para las palabras elegidas</translation>
    </message>
    <message>
        <source>Ctrl+Up, Ctrl+Down</source>
        <translation>Ctrl+Arriba, Ctrl+Abajo</translation>
    </message>
    <message>
        <source>Earlier and later prompts</source>
        <translation>Prompts anteriores y posteriores</translation>
    </message>
    <message>
        <source>Alt+Up, Alt+Down</source>
        <translation>Alt+Arriba, Alt+Abajo</translation>
    </message>
    <message>
        <source>On the canvas</source>
        <translation>En el lienzo</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Desplazar</translation>
    </message>
    <message>
        <source>Space and drag, or drag with the middle button</source>
        <translation>Espacio y arrastrar, o arrastrar con el botón central</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Acercar o alejar en el puntero</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rueda</translation>
    </message>
    <message>
        <source>In the queue</source>
        <translation>En la cola</translation>
    </message>
    <message>
        <source>Move the job up or down</source>
        <translation>Subir o bajar el trabajo</translation>
    </message>
    <message>
        <source>Remove the job</source>
        <translation>Quitar el trabajo</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supr</translation>
    </message>
</context>
<context>
    <name>LayerActions</name>
    <message>
        <source>Accept</source>
        <translation>Aceptar</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>Antes y después</translation>
    </message>
    <message>
        <source>Blend the group by itself</source>
        <translation>Fusionar el grupo por sí solo</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Descartar</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplicar</translation>
    </message>
    <message>
        <source>Flatten</source>
        <translation>Acoplar</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Agrupar</translation>
    </message>
    <message>
        <source>Lock or unlock</source>
        <translation>Bloquear o desbloquear</translation>
    </message>
    <message>
        <source>Lock transparency</source>
        <translation>Bloquear la transparencia</translation>
    </message>
    <message>
        <source>Make it again</source>
        <translation>Hacerlo de nuevo</translation>
    </message>
    <message>
        <source>Mask from its light</source>
        <translation>Máscara a partir de su luz</translation>
    </message>
    <message>
        <source>Mask from its shape</source>
        <translation>Máscara a partir de su forma</translation>
    </message>
    <message>
        <source>Merge down</source>
        <translation>Combinar hacia abajo</translation>
    </message>
    <message>
        <source>More variants</source>
        <translation>Más variantes</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Bajar</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Subir</translation>
    </message>
    <message>
        <source>New group</source>
        <translation>Grupo nuevo</translation>
    </message>
    <message>
        <source>New layer</source>
        <translation>Capa nueva</translation>
    </message>
    <message>
        <source>New layer from the visible ones</source>
        <translation>Capa nueva a partir de lo visible</translation>
    </message>
    <message>
        <source>New mask layer</source>
        <translation>Capa de máscara nueva</translation>
    </message>
    <message>
        <source>Next variant</source>
        <translation>Variante siguiente</translation>
    </message>
    <message>
        <source>Previous variant</source>
        <translation>Variante anterior</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renombrar</translation>
    </message>
    <message>
        <source>Show only this one</source>
        <translation>Mostrar solo esta</translation>
    </message>
    <message>
        <source>Show or hide</source>
        <translation>Mostrar u ocultar</translation>
    </message>
    <message>
        <source>Turn into a paint layer</source>
        <translation>Convertir en capa de pintura</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>Desagrupar</translation>
    </message>
    <message>
        <source>Use its mask</source>
        <translation>Usar su máscara</translation>
    </message>
</context>
<context>
    <name>LayerItemModel</name>
    <message>
        <source>Group</source>
        <translation>Grupo</translation>
    </message>
    <message>
        <source>Mask layer</source>
        <translation>Capa de máscara</translation>
    </message>
    <message>
        <source>Paint layer</source>
        <translation>Capa de pintura</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>aceptado</translation>
    </message>
    <message>
        <source>before</source>
        <translation>antes</translation>
    </message>
    <message>
        <source>discarded</source>
        <translation>descartado</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>oculta</translation>
    </message>
    <message>
        <source>locked</source>
        <translation>bloqueada</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} de {count}</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
</context>
<context>
    <name>LayerNames</name>
    <message>
        <source>Layer {number}</source>
        <translation>Capa {number}</translation>
    </message>
    <message>
        <source>Group {number}</source>
        <translation>Grupo {number}</translation>
    </message>
    <message>
        <source>Mask {number}</source>
        <translation>Máscara {number}</translation>
    </message>
    <message>
        <source>Result {number}</source>
        <translation>Resultado {number}</translation>
    </message>
    <message>
        <source>{name} copy</source>
        <translation>Copia de {name}</translation>
    </message>
    <message>
        <source>Visible</source>
        <translation>Lo visible</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>Fondo</translation>
    </message>
    <message>
        <source>Taken apart</source>
        <translation>Descompuesta en capas</translation>
    </message>
</context>
<context>
    <name>LayerRow</name>
    <message>
        <source>Name of the layer</source>
        <translation>Nombre de la capa</translation>
    </message>
</context>
<context>
    <name>LayersPanel</name>
    <message>
        <source>Blend mode</source>
        <translation>Modo de fusión</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Capas</translation>
    </message>
    <message>
        <source>Opacity of the layer</source>
        <translation>Opacidad de la capa</translation>
    </message>
</context>
<context>
    <name>LearnProgress</name>
    <message>
        <source>How wrong it still is</source>
        <translation>Cuánto se equivoca todavía</translation>
    </message>
    <message>
        <source>How wrong the model still is on the lessons; lower is better</source>
        <translation>Cuánto se equivoca todavía el modelo en las lecciones; más bajo es mejor</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>Parar y conservar</translation>
    </message>
    <message>
        <source>End now and keep what is learnt so far</source>
        <translation>Terminar ya y conservar lo aprendido hasta ahora</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>End and keep nothing</source>
        <translation>Terminar y no conservar nada</translation>
    </message>
    <message>
        <source>Use on the canvas</source>
        <translation>Usar en el taller</translation>
    </message>
    <message>
        <source>Here you will see how it comes along.</source>
        <translation>Aquí verás cómo avanza.</translation>
    </message>
    <message>
        <source>Waits in the queue</source>
        <translation>Espera en la cola</translation>
    </message>
    <message>
        <source>Learnt</source>
        <translation>Aprendido</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Cancelado</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ha fallado</translation>
    </message>
</context>
<context>
    <name>LearnSettings</name>
    <message>
        <source>e.g. zorbi</source>
        <translation>p. ej. zorbi</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>Motivo</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>Estilo</translation>
    </message>
    <message>
        <source>What the pictures share</source>
        <translation>Lo que comparten las imágenes</translation>
    </message>
    <message>
        <source>e.g. toy</source>
        <translation>p. ej. juguete</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Word only</source>
        <translation>Solo palabra</translation>
    </message>
    <message>
        <source>How it is learnt</source>
        <translation>Cómo se aprende</translation>
    </message>
    <message>
        <source>Minutes</source>
        <translation>Minutos</translation>
    </message>
    <message>
        <source>the trigger alone</source>
        <translation>solo la palabra</translation>
    </message>
    <message>
        <source>e.g. my own drawings</source>
        <translation>p. ej. mis propios dibujos</translation>
    </message>
    <message>
        <source>Start learning</source>
        <translation>Empezar a aprender</translation>
    </message>
    <message>
        <source>The word that will call it</source>
        <translation>La palabra que lo llamará</translation>
    </message>
    <message>
        <source>What it is one of</source>
        <translation>De qué es un ejemplo</translation>
    </message>
    <message>
        <source>Time, in minutes</source>
        <translation>Tiempo, en minutos</translation>
    </message>
    <message>
        <source>Prompt to watch it by</source>
        <translation>Prompt para seguirlo</translation>
    </message>
    <message>
        <source>Licence of the pictures</source>
        <translation>Licencia de las imágenes</translation>
    </message>
    <message>
        <source>Teaches {model}, which itself stays as it is.</source>
        <translation>Enseña a {model}, que en sí no cambia.</translation>
    </message>
    <message>
        <source>{model} cannot learn a word only. Choose LoRA.</source>
        <translation>{model} no puede aprender solo una palabra. Elige LoRA.</translation>
    </message>
    <message>
        <source>{model} changes pictures and cannot be taught. Choose the plain model.</source>
        <translation>{model} cambia imágenes y no se le puede enseñar. Elige el modelo normal.</translation>
    </message>
    <message>
        <source>{model} cannot be taught. Choose another model.</source>
        <translation>A {model} no se le puede enseñar. Elige otro modelo.</translation>
    </message>
</context>
<context>
    <name>LearntPanel</name>
    <message>
        <source>Teach the model a subject or a style, then use it here by name.</source>
        <translation>Enseña al modelo un motivo o un estilo y úsalo aquí por su nombre.</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Wear a LoRA</source>
        <translation>Poner un LoRA</translation>
    </message>
    <message>
        <source>Word</source>
        <translation>Palabra</translation>
    </message>
    <message>
        <source>Write a learnt word into the prompt</source>
        <translation>Escribir en el prompt una palabra aprendida</translation>
    </message>
    <message>
        <source>Teach the model something new</source>
        <translation>Enseñar al modelo algo nuevo</translation>
    </message>
    <message>
        <source>There is none for this model yet.</source>
        <translation>Aún no hay ninguno para este modelo.</translation>
    </message>
</context>
<context>
    <name>LessonItemModel</name>
    <message>
        <source>Cannot be opened, and is left out.</source>
        <translation>No se puede abrir y se omite.</translation>
    </message>
    <message>
        <source>Its words cannot be read.</source>
        <translation>Sus palabras no se pueden leer.</translation>
    </message>
</context>
<context>
    <name>LessonRow</name>
    <message>
        <source>No words yet: the trigger alone</source>
        <translation>Aún sin palabras: solo la que lo llama</translation>
    </message>
    <message>
        <source>Words for this picture</source>
        <translation>Palabras para esta imagen</translation>
    </message>
</context>
<context>
    <name>LessonsPanel</name>
    <message>
        <source>Ten to twenty pictures of one thing, or in one style: choose or drop their folder.</source>
        <translation>De diez a veinte imágenes de una misma cosa o de un mismo estilo: elige o suelta su carpeta.</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Elegir una carpeta</translation>
    </message>
    <message>
        <source>Look at the folder again</source>
        <translation>Mirar otra vez la carpeta</translation>
    </message>
    <message>
        <source>Choose another folder</source>
        <translation>Elegir otra carpeta</translation>
    </message>
    <message>
        <source>Pictures and their words</source>
        <translation>Las imágenes y sus palabras</translation>
    </message>
    <message>
        <source>Save the words</source>
        <translation>Guardar las palabras</translation>
    </message>
    <message>
        <source>Write them beside the pictures, one text file each</source>
        <translation>Escribirlas junto a las imágenes, un archivo de texto para cada una</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n omitida</numerusform>
            <numerusform>%n omitidas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LibraryHold</name>
    <message>
        <source>Another Lienzo has the library {folder} open. The present one is kept.</source>
        <translation>Otro Lienzo tiene abierta la biblioteca {folder}. Se mantiene la actual.</translation>
    </message>
</context>
<context>
    <name>LoraBlocks</name>
    <message>
        <source>Blocks</source>
        <translation>Bloques</translation>
    </message>
    <message numerus="yes">
        <source>Blocks (%n changed)</source>
        <translation>
            <numerusform>Bloques (%n cambiado)</numerusform>
            <numerusform>Bloques (%n cambiados)</numerusform>
        </translation>
    </message>
    <message>
        <source>Reading the file…</source>
        <translation>Leyendo el archivo…</translation>
    </message>
    <message>
        <source>It changes nothing in this model.</source>
        <translation>No cambia nada en este modelo.</translation>
    </message>
    <message>
        <source>text</source>
        <translation>texto</translation>
    </message>
    <message>
        <source>Share in {block}</source>
        <translation>Parte en {block}</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>The LoRA acts everywhere</source>
        <translation>El LoRA actúa en todas partes</translation>
    </message>
    <message>
        <source>Down only</source>
        <translation>Solo bajada</translation>
    </message>
    <message>
        <source>Only where the picture is read: rather what is there and where</source>
        <translation>Solo donde se lee la imagen: más bien qué hay y dónde</translation>
    </message>
    <message>
        <source>Up only</source>
        <translation>Solo subida</translation>
    </message>
    <message>
        <source>Only where it is drawn: rather colours, strokes and surfaces</source>
        <translation>Solo donde se dibuja: más bien colores, trazos y superficies</translation>
    </message>
</context>
<context>
    <name>LoraRow</name>
    <message>
        <source>For another model. Choose that model, or take it off.</source>
        <translation>Es para otro modelo. Elige ese modelo, o quítalo.</translation>
    </message>
    <message>
        <source>Weight of {name}</source>
        <translation>Peso de {name}</translation>
    </message>
    <message>
        <source>Take off {name}</source>
        <translation>Quitar {name}</translation>
    </message>
    <message>
        <source>This file is not here.</source>
        <translation>Este archivo no está aquí.</translation>
    </message>
    <message>
        <source>Its word: {word}</source>
        <translation>Su palabra: {word}</translation>
    </message>
    <message>
        <source>Learnt with {model}</source>
        <translation>Aprendido con {model}</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Choose a folder of pictures to learn from</source>
        <translation>Elegir una carpeta de imágenes de las que aprender</translation>
    </message>
    <message>
        <source>Start from a picture</source>
        <translation>Partir de una imagen</translation>
    </message>
    <message>
        <source>Take settings from a picture</source>
        <translation>Tomar los ajustes de una imagen</translation>
    </message>
    <message>
        <source>Pasted picture</source>
        <translation>Imagen pegada</translation>
    </message>
    <message>
        <source>Lienzo stays offline. Save the picture to a file and drop that.</source>
        <translation>Lienzo no se conecta a la red. Guarda la imagen en un archivo y suelta el archivo.</translation>
    </message>
    <message>
        <source>A picture to take after</source>
        <translation>Una imagen a la que parecerse</translation>
    </message>
</context>
<context>
    <name>MaskOptions</name>
    <message>
        <source>What the mask means</source>
        <translation>Qué significa la máscara</translation>
    </message>
    <message>
        <source>Change what is painted</source>
        <translation>Cambiar lo pintado</translation>
    </message>
    <message>
        <source>Keep what is painted</source>
        <translation>Conservar lo pintado</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertir</translation>
    </message>
    <message>
        <source>Invert: what is painted, and what is not, change places</source>
        <translation>Invertir: lo pintado y lo no pintado se intercambian</translation>
    </message>
</context>
<context>
    <name>MaskShelfPanel</name>
    <message>
        <source>Keep for every picture</source>
        <translation>Guardar para todas las imágenes</translation>
    </message>
    <message>
        <source>Add to the active mask</source>
        <translation>Sumar a la máscara activa</translation>
    </message>
    <message>
        <source>Keep the active mask</source>
        <translation>Guardar la máscara activa</translation>
    </message>
    <message>
        <source>Mask from a file…</source>
        <translation>Máscara de un archivo…</translation>
    </message>
    <message>
        <source>Mask shelf</source>
        <translation>Estante de máscaras</translation>
    </message>
    <message>
        <source>Masks that you keep are here, for this picture and for others.</source>
        <translation>Aquí están las máscaras que guardas, para esta imagen y para otras.</translation>
    </message>
    <message>
        <source>Only where both are</source>
        <translation>Solo donde están las dos</translation>
    </message>
    <message>
        <source>Remove from the shelf</source>
        <translation>Quitar del estante</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Renombrar</translation>
    </message>
    <message>
        <source>Save as a file…</source>
        <translation>Guardar como archivo…</translation>
    </message>
    <message>
        <source>Take away from the active mask</source>
        <translation>Restar de la máscara activa</translation>
    </message>
    <message>
        <source>Use this mask</source>
        <translation>Usar esta máscara</translation>
    </message>
</context>
<context>
    <name>ModelFolders</name>
    <message>
        <source>Model folders</source>
        <translation>Carpetas de modelos</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Añadir</translation>
    </message>
    <message>
        <source>Add a folder of models</source>
        <translation>Añadir una carpeta de modelos</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Remove the chosen folder from the list</source>
        <translation>Quitar de la lista la carpeta elegida</translation>
    </message>
</context>
<context>
    <name>ModelPanel</name>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Add a folder of models</source>
        <translation>Añadir una carpeta de modelos</translation>
    </message>
    <message>
        <source>no network</source>
        <translation>sin red</translation>
    </message>
    <message>
        <source>See all model files</source>
        <translation>Ver todos los archivos de modelos</translation>
    </message>
    <message>
        <source>VAE</source>
        <translation>VAE</translation>
    </message>
    <message>
        <source>Turns what the model draws into pixels. A tiny one is fast and less exact.</source>
        <translation>Convierte en píxeles lo que dibuja el modelo. Uno diminuto es rápido y menos exacto.</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>El del modelo</translation>
    </message>
    <message>
        <source>{name} (tiny)</source>
        <translation>{name} (diminuto)</translation>
    </message>
    <message>
        <source>{name} (not here)</source>
        <translation>{name} (no está aquí)</translation>
    </message>
</context>
<context>
    <name>NameTemplate</name>
    <message>
        <source>File names</source>
        <translation>Nombres de archivo</translation>
    </message>
    <message>
        <source>For example: {name}</source>
        <translation>Por ejemplo: {name}</translation>
    </message>
    <message>
        <source>Write a name; without one the last good one stays in force.</source>
        <translation>Escribe un nombre; mientras tanto vale el último correcto.</translation>
    </message>
    <message>
        <source>Write one / between names, and none at the start or the end.</source>
        <translation>Escribe una / entre nombres, y ninguna al principio ni al final.</translation>
    </message>
    <message>
        <source>Pictures stay in the library: no folder is called . or ..</source>
        <translation>Las imágenes no salen de la biblioteca: ninguna carpeta se llama . ni ..</translation>
    </message>
    <message>
        <source>Not every system allows these in names: {signs}</source>
        <translation>No todos los sistemas admiten esto en los nombres: {signs}</translation>
    </message>
    <message>
        <source>A width, as in {example}, is for numbers, up to 19.</source>
        <translation>Un ancho, como en {example}, es solo para números y hasta 19.</translation>
    </message>
    <message>
        <source>A brace lacks its partner; two of them write one brace.</source>
        <translation>A una llave le falta su pareja; dos seguidas escriben una.</translation>
    </message>
    <message>
        <source>In braces you can write: {words}</source>
        <translation>Entre llaves puedes escribir: {words}</translation>
    </message>
    <message>
        <source>a beagle in the snow</source>
        <translation>un beagle en la nieve</translation>
    </message>
</context>
<context>
    <name>Painting</name>
    <message>
        <source>Nothing was found there. Try another loop.</source>
        <translation>Ahí no se encontró nada. Prueba otro trazo.</translation>
    </message>
    <message>
        <source>The picture that it was selected in is closed.</source>
        <translation>La imagen en la que se seleccionaba está cerrada.</translation>
    </message>
    <message>
        <source>First Alt+click where to clone from.</source>
        <translation>Primero Alt+clic donde clonar.</translation>
    </message>
    <message>
        <source>A mask cannot be cloned into.</source>
        <translation>No se puede clonar en una máscara.</translation>
    </message>
    <message>
        <source>The layer is locked.</source>
        <translation>La capa está bloqueada.</translation>
    </message>
    <message>
        <source>The layer is hidden.</source>
        <translation>La capa está oculta.</translation>
    </message>
    <message>
        <source>Choose a result with several variants to paint one of them.</source>
        <translation>Elige un resultado con varias variantes para pintar una de ellas.</translation>
    </message>
    <message>
        <source>Choose a layer of pixels that is seen and not locked.</source>
        <translation>Elige una capa de píxeles visible y sin bloquear.</translation>
    </message>
    <message>
        <source>There is nothing on this layer to transform.</source>
        <translation>En esta capa no hay nada que transformar.</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Papel</translation>
    </message>
</context>
<context>
    <name>PictureWork</name>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>La imagen está en el portapapeles.</translation>
    </message>
    <message>
        <source>The prompt is on the clipboard.</source>
        <translation>El prompt está en el portapapeles.</translation>
    </message>
    <message>
        <source>The folder is {folder}</source>
        <translation>La carpeta es {folder}</translation>
    </message>
    <message>
        <source>This picture does not tell its prompt.</source>
        <translation>Esta imagen no dice su prompt.</translation>
    </message>
</context>
<context>
    <name>Pictures</name>
    <message>
        <source>The picture was removed.</source>
        <translation>Se ha quitado la imagen.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
</context>
<context>
    <name>PlacePrompts</name>
    <message>
        <source>Place {number}: words of its own</source>
        <translation>Lugar {number}: palabras propias</translation>
    </message>
    <message>
        <source>Words for place {number}</source>
        <translation>Palabras para el lugar {number}</translation>
    </message>
</context>
<context>
    <name>PlaceSwitch</name>
    <message>
        <source>Places</source>
        <translation>Lugares</translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation>Taller</translation>
    </message>
    <message>
        <source>Learn</source>
        <translation>Aprender</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelos</translation>
    </message>
    <message>
        <source>Gallery</source>
        <translation>Galería</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>Preferencias</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Ventana</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Dark with a middle-grey desk</source>
        <translation>Oscuro con mesa gris medio</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Tema</translation>
    </message>
    <message>
        <source>Show every step while the picture comes out of the noise</source>
        <translation>Mostrar cada paso mientras la imagen sale del ruido</translation>
    </message>
    <message>
        <source>Draw the steps by a tiny VAE where one fits</source>
        <translation>Dibujar los pasos con un VAE diminuto cuando haya uno adecuado</translation>
    </message>
    <message>
        <source>TAESD and its kin, from your model folders: sharper, for at most a tenth of a step&apos;s time. The finished picture always comes from the full VAE.</source>
        <translation>TAESD y similares, de tus carpetas de modelos: más nítido, a cambio de una décima parte del tiempo de un paso como mucho. La imagen terminada siempre sale del VAE completo.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Library folder</source>
        <translation>Carpeta de la biblioteca</translation>
    </message>
    <message>
        <source>New pictures go there. Those made before stay where they are; nothing is moved.</source>
        <translation>Las imágenes nuevas van ahí. Las ya hechas se quedan donde están; no se mueve nada.</translation>
    </message>
    <message>
        <source>File format</source>
        <translation>Formato de archivo</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Calidad</translation>
    </message>
    <message>
        <source>File names</source>
        <translation>Nombres de archivo</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Motor</translation>
    </message>
    <message>
        <source>The best there is</source>
        <translation>El mejor que haya</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Dispositivo</translation>
    </message>
    <message>
        <source>Exact: the same pixels every time</source>
        <translation>Exacta: los mismos píxeles cada vez</translation>
    </message>
    <message>
        <source>Fast: may differ a little</source>
        <translation>Rápida: puede variar un poco</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Velocidad</translation>
    </message>
    <message>
        <source>Model folders</source>
        <translation>Carpetas de modelos</translation>
    </message>
    <message>
        <source>Folders with models in diffusers&apos; layout, or .safetensors files.</source>
        <translation>Carpetas con modelos en el formato de diffusers, o archivos .safetensors.</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>Choose the library folder</source>
        <translation>Elegir la carpeta de la biblioteca</translation>
    </message>
    <message>
        <source>PNG keeps every pixel; it has no quality to choose.</source>
        <translation>PNG conserva cada píxel; no hay calidad que elegir.</translation>
    </message>
    <message>
        <source>Beyond it the oldest steps are forgotten.</source>
        <translation>Más allá de ella se olvidan los pasos más antiguos.</translation>
    </message>
    <message>
        <source>Canvas</source>
        <translation>Taller</translation>
    </message>
    <message>
        <source>Memory for undo</source>
        <translation>Memoria para deshacer</translation>
    </message>
    <message>
        <source>Fastest: differs more</source>
        <translation>Máxima: varía más</translation>
    </message>
</context>
<context>
    <name>PressureCurve</name>
    <message>
        <source>How the pen&apos;s pressure feels</source>
        <translation>Cómo se siente la presión del lápiz</translation>
    </message>
    <message>
        <source>Soft</source>
        <translation>Suave</translation>
    </message>
    <message>
        <source>Even</source>
        <translation>Uniforme</translation>
    </message>
    <message>
        <source>Firm</source>
        <translation>Firme</translation>
    </message>
</context>
<context>
    <name>ProgressLine</name>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
</context>
<context>
    <name>StylesRow</name>
    <message>
        <source>{file} cannot be read: line {line}.</source>
        <translation>No se puede leer {file}: línea {line}.</translation>
    </message>
    <message>
        <source>{file} cannot be read.</source>
        <translation>No se puede leer {file}.</translation>
    </message>
    <message>
        <source>And {count} more.</source>
        <translation>Y {count} más.</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>Estilo</translation>
    </message>
    <message>
        <source>Add a style</source>
        <translation>Añadir un estilo</translation>
    </message>
    <message>
        <source>Words that are put around the prompt</source>
        <translation>Palabras que rodean el prompt</translation>
    </message>
    <message>
        <source>This style is not here any more.</source>
        <translation>Este estilo ya no está.</translation>
    </message>
    <message>
        <source>Take the style away: {name}</source>
        <translation>Quitar el estilo: {name}</translation>
    </message>
    <message>
        <source>Not: {words}</source>
        <translation>Sin: {words}</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Más</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Volver a mirar</translation>
    </message>
    <message>
        <source>Open the folder of styles and wildcards</source>
        <translation>Abrir la carpeta de estilos y listas</translation>
    </message>
    <message>
        <source>{name} (not here)</source>
        <translation>{name} (no está)</translation>
    </message>
</context>
<context>
    <name>OtherWordsRow</name>
    <message>
        <source>Words that the model never learnt</source>
        <translation>Palabras que el modelo no aprendió</translation>
    </message>
    <message>
        <source>As typed</source>
        <translation>Tal cual</translation>
    </message>
    <message>
        <source>Give the model these words as they stand. It never learnt them, so it draws by chance.</source>
        <translation>Dar al modelo estas palabras tal como están. No las aprendió, así que dibuja al azar.</translation>
    </message>
    <message>
        <source>Never learnt: {words}</source>
        <translation>No aprendidas: {words}</translation>
    </message>
    <message>
        <source>{word}: drawn as {known}</source>
        <translation>{word}: se dibuja como {known}</translation>
    </message>
</context>
<context>
    <name>RegionRow</name>
    <message>
        <source>The model does not read the dimmed end of these words.</source>
        <translation>El modelo no lee el final atenuado de estas palabras.</translation>
    </message>
    <message>
        <source>Place {number}</source>
        <translation>Lugar {number}</translation>
    </message>
    <message>
        <source>Follow the words of place {number}</source>
        <translation>Seguir las palabras del lugar {number}</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>Pintar</translation>
    </message>
    <message>
        <source>Paint place {number}</source>
        <translation>Pintar el lugar {number}</translation>
    </message>
    <message>
        <source>Show place {number} on the canvas</source>
        <translation>Mostrar el lugar {number} en el lienzo</translation>
    </message>
    <message>
        <source>Remove place {number}</source>
        <translation>Quitar el lugar {number}</translation>
    </message>
    <message>
        <source>What should appear here</source>
        <translation>Qué debe aparecer aquí</translation>
    </message>
    <message>
        <source>Words of place {number}</source>
        <translation>Palabras del lugar {number}</translation>
    </message>
    <message>
        <source>How much the words of place {number} count</source>
        <translation>Cuánto cuentan las palabras del lugar {number}</translation>
    </message>
    <message>
        <source>Counts</source>
        <translation>Cuenta</translation>
    </message>
    <message>
        <source>Its layer is gone. Undo that, or remove the place.</source>
        <translation>Su capa ya no está. Deshaz eso o quita el lugar.</translation>
    </message>
    <message>
        <source>Nothing is painted for it yet.</source>
        <translation>Aún no hay nada pintado para él.</translation>
    </message>
    <message>
        <source>It has no words yet.</source>
        <translation>Aún no tiene palabras.</translation>
    </message>
</context>
<context>
    <name>RegionsPanel</name>
    <message>
        <source>Place</source>
        <translation>Lugar</translation>
    </message>
    <message>
        <source>Add a place with words</source>
        <translation>Añadir un lugar con palabras</translation>
    </message>
    <message>
        <source>Paint it</source>
        <translation>Pintarlo</translation>
    </message>
    <message>
        <source>From the mask</source>
        <translation>De la máscara</translation>
    </message>
    <message>
        <source>From the selection</source>
        <translation>De la selección</translation>
    </message>
    <message>
        <source>This model cannot follow words for places.</source>
        <translation>Este modelo no puede seguir palabras para lugares.</translation>
    </message>
    <message>
        <source>This model puts what each sentence says into the box around its place.</source>
        <translation>Este modelo pone lo que dice cada frase en el recuadro que rodea su lugar.</translation>
    </message>
    <message>
        <source>This model puts what each sentence says, and the reference pictures that count there, into the box around its place.</source>
        <translation>Este modelo pone lo que dice cada frase, y las imágenes de referencia que cuentan ahí, en el recuadro que rodea su lugar.</translation>
    </message>
    <message>
        <source>Paint a place and give it a sentence; elsewhere the prompt counts.</source>
        <translation>Pinta un lugar y dale una frase; en lo demás cuenta el prompt.</translation>
    </message>
    <message>
        <source>Place {number}</source>
        <translation>Lugar {number}</translation>
    </message>
</context>
<context>
    <name>RegionWork</name>
    <message>
        <source>Paint the place, then write its words beside it. It is no part of the picture.</source>
        <translation>Pinta el lugar y escribe sus palabras al lado. No forma parte de la imagen.</translation>
    </message>
</context>
<context>
    <name>PromptPanel</name>
    <message>
        <source>The model does not read the last words of the styles.</source>
        <translation>El modelo no lee las últimas palabras de los estilos.</translation>
    </message>
    <message>
        <source>What cannot be read</source>
        <translation>Lo que no se puede leer</translation>
    </message>
    <message>
        <source>{tokens} words</source>
        <translation>{tokens} palabras</translation>
    </message>
    <message>
        <source>Read in {count} pieces of {pieces} tokens; each begins at a shaded letter.</source>
        <translation>Se lee en {count} trozos de {pieces} tokens; cada uno empieza en una letra sombreada.</translation>
    </message>
    <message>
        <source>What should appear? Drop a picture here to use its settings.</source>
        <translation>¿Qué debe aparecer? Suelta aquí una imagen para usar sus ajustes.</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>What should not appear</source>
        <translation>Qué no debe aparecer</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Prompt negativo</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>{tokens} / {limit} tokens</source>
        <translation>{tokens} / {limit} tokens</translation>
    </message>
    <message>
        <source>{tokens} tokens</source>
        <translation>{tokens} tokens</translation>
    </message>
    <message>
        <source>The model does not read the dimmed end of the prompt.</source>
        <translation>El modelo no lee el final atenuado del prompt.</translation>
    </message>
    <message>
        <source>This model does not listen to a negative prompt.</source>
        <translation>Este modelo no atiende al prompt negativo.</translation>
    </message>
    <message>
        <source>This model draws what it has seen, without being asked.</source>
        <translation>Este modelo dibuja lo que ha visto, sin que se le pida.</translation>
    </message>
    <message>
        <source>This model draws after a picture in place of words: choose one under References.</source>
        <translation>Este modelo dibuja a partir de una imagen en lugar de palabras: elige una en Referencias.</translation>
    </message>
</context>
<context>
    <name>QFileDialog</name>
    <message>
        <source>&amp;Look in:</source>
        <translation>&amp;Buscar en:</translation>
    </message>
    <message>
        <source>Files of &amp;type:</source>
        <translation>Archivos de &amp;tipo:</translation>
    </message>
</context>
<context>
    <name>QShortcut</name>
    <message>
        <source>Ctrl</source>
        <translation>Ctrl</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Mayús</translation>
    </message>
    <message>
        <source>Return</source>
        <translation>Intro</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>Supr</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Tab</source>
        <translation>Tab</translation>
    </message>
</context>
<context>
    <name>QuestionBar</name>
    <message>
        <source>Something else</source>
        <translation>Otra cosa</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Responder</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Ahora no</translation>
    </message>
</context>
<context>
    <name>QueueItemModel</name>
    <message numerus="yes">
        <source>Waits  ·  %n minute(s)</source>
        <translation>
            <numerusform>Espera  ·  %n minuto</numerusform>
            <numerusform>Espera  ·  %n minutos</numerusform>
        </translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Hecho</translation>
    </message>
    <message numerus="yes">
        <source>Waits  ·  %n picture(s)</source>
        <translation>
            <numerusform>Espera  ·  %n imagen</numerusform>
            <numerusform>Espera  ·  %n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Running  ·  {percent} %</source>
        <translation>En marcha  ·  {percent} %</translation>
    </message>
    <message numerus="yes">
        <source>Done  ·  %n picture(s)</source>
        <translation>
            <numerusform>Hecho  ·  %n imagen</numerusform>
            <numerusform>Hecho  ·  %n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Cancelado</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ha fallado</translation>
    </message>
    <message>
        <source>Learn “{word}”</source>
        <translation>Aprender «{word}»</translation>
    </message>
    <message>
        <source>without a prompt</source>
        <translation>sin prompt</translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message>
        <source>Queue</source>
        <translation>Cola</translation>
    </message>
    <message>
        <source>What you generate lines up here.</source>
        <translation>Lo que generes se pone aquí en fila.</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>Generate a picture</source>
        <translation>Generar una imagen</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Subir</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Bajar</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Intentar otra vez</translation>
    </message>
    <message>
        <source>Cancel this job</source>
        <translation>Cancelar este trabajo</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation>Quitar de la cola</translation>
    </message>
    <message>
        <source>Cancel everything that waits or runs</source>
        <translation>Cancelar todo lo que espera o está en marcha</translation>
    </message>
    <message>
        <source>Remove the finished jobs</source>
        <translation>Quitar los trabajos terminados</translation>
    </message>
    <message>
        <source>Run on</source>
        <translation>Continuar</translation>
    </message>
    <message>
        <source>Pause after the running job</source>
        <translation>Pausar tras el trabajo en marcha</translation>
    </message>
</context>
<context>
    <name>Restoring</name>
    <message>
        <source>A file with settings was damaged. It was set aside as {name}.</source>
        <translation>Un archivo de ajustes estaba dañado. Se ha apartado como {name}.</translation>
    </message>
    <message>
        <source>The model “{name}” is not here any more. {other} is used instead.</source>
        <translation>El modelo «{name}» ya no está. En su lugar se usa {other}.</translation>
    </message>
    <message>
        <source>The queue of the last time could not be read; its file was left as it is. What you queue now is kept only until the window is closed.</source>
        <translation>No se pudo leer la cola de la última vez; su archivo se ha dejado como está. Lo que pongas ahora en la cola se guarda solo hasta que cierres la ventana.</translation>
    </message>
</context>
<context>
    <name>ResultBar</name>
    <message>
        <source>Previous variant</source>
        <translation>Variante anterior</translation>
    </message>
    <message>
        <source>Next variant</source>
        <translation>Variante siguiente</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Antes</translation>
    </message>
    <message>
        <source>Look at the picture without this result</source>
        <translation>Ver la imagen sin este resultado</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Aceptar</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Descartar</translation>
    </message>
    <message>
        <source>Make it again</source>
        <translation>Hacerlo de nuevo</translation>
    </message>
    <message>
        <source>More variants, with other seeds</source>
        <translation>Más variantes, con otras semillas</translation>
    </message>
    <message>
        <source>Compare with the seam left as it came</source>
        <translation>Comparar con la costura tal como salió</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} de {count}</translation>
    </message>
</context>
<context>
    <name>Samples</name>
    <message>
        <source>Without what is learnt</source>
        <translation>Sin lo aprendido</translation>
    </message>
    <message>
        <source>With what is learnt</source>
        <translation>Con lo aprendido</translation>
    </message>
    <message>
        <source>Without</source>
        <translation>Sin</translation>
    </message>
    <message>
        <source>With</source>
        <translation>Con</translation>
    </message>
    <message>
        <source>Step to look at</source>
        <translation>Paso que se mira</translation>
    </message>
    <message numerus="yes">
        <source>With, after %n step(s)</source>
        <translation>
            <numerusform>Con, tras %n paso</numerusform>
            <numerusform>Con, tras %n pasos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SectionHeader</name>
    <message>
        <source>folded</source>
        <translation>plegada</translation>
    </message>
    <message>
        <source>open</source>
        <translation>abierta</translation>
    </message>
</context>
<context>
    <name>SeedRow</name>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Roll a new seed</source>
        <translation>Sacar otra semilla</translation>
    </message>
    <message>
        <source>Keep this seed</source>
        <translation>Fijar esta semilla</translation>
    </message>
    <message>
        <source>The seed stays: the same settings give the same picture</source>
        <translation>La semilla se queda: los mismos ajustes dan la misma imagen</translation>
    </message>
    <message>
        <source>Each Generate rolls a new seed</source>
        <translation>Cada vez que generas sale otra semilla</translation>
    </message>
</context>
<context>
    <name>SelectionOptions</name>
    <message>
        <source>Change it by</source>
        <translation>Cambiar en</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Agrandar</translation>
    </message>
    <message>
        <source>Shrink</source>
        <translation>Encoger</translation>
    </message>
    <message>
        <source>Feather</source>
        <translation>Difuminar</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertir</translation>
    </message>
    <message>
        <source>To mask</source>
        <translation>A máscara</translation>
    </message>
    <message>
        <source>From mask</source>
        <translation>De la máscara</translation>
    </message>
</context>
<context>
    <name>SettingsPanel</name>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guía</translation>
    </message>
    <message>
        <source>Guidance rescale</source>
        <translation>Reescalado de la guía</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Muestreador</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Velocidad</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Más</translation>
    </message>
    <message>
        <source>Rescale</source>
        <translation>Reescalado</translation>
    </message>
    <message>
        <source>This model has no guidance.</source>
        <translation>Este modelo no tiene guía.</translation>
    </message>
    <message>
        <source>This model cannot rescale its guidance.</source>
        <translation>Este modelo no puede reescalar su guía.</translation>
    </message>
    <message>
        <source>This model has one sampler only.</source>
        <translation>Este modelo solo tiene un muestreador.</translation>
    </message>
    <message>
        <source>Picture guidance</source>
        <translation>Guía de la imagen</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>How closely to keep to the picture that is changed</source>
        <translation>Con qué fidelidad se conserva la imagen que se cambia</translation>
    </message>
    <message>
        <source>Share of the steps for places</source>
        <translation>Parte de los pasos para los lugares</translation>
    </message>
    <message>
        <source>Places</source>
        <translation>Lugares</translation>
    </message>
    <message>
        <source>In which share of the steps things are held to the boxes around their places</source>
        <translation>En qué parte de los pasos se sujetan las cosas a los recuadros de sus lugares</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Capas</translation>
    </message>
    <message>
        <source>Into how many layers the picture is taken apart</source>
        <translation>En cuántas capas se descompone la imagen</translation>
    </message>
</context>
<context>
    <name>SideColumn</name>
    <message>
        <source>Places with words</source>
        <translation>Lugares con palabras</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Cola</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Learnt</source>
        <translation>Aprendido</translation>
    </message>
    <message>
        <source>Start picture</source>
        <translation>Imagen de partida</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>en pausa</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Capas</translation>
    </message>
    <message>
        <source>Mask shelf</source>
        <translation>Estante de máscaras</translation>
    </message>
    <message>
        <source>On the canvas</source>
        <translation>En el lienzo</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Mapas</translation>
    </message>
    <message>
        <source>References</source>
        <translation>Referencias</translation>
    </message>
</context>
<context>
    <name>Showing</name>
    <message>
        <source>The picture is still being drawn. Paint on it when it is there.</source>
        <translation>La imagen todavía se está dibujando. Pinta sobre ella cuando esté.</translation>
    </message>
    <message>
        <source>This is a step's small preview. Choose a finished picture to paint on.</source>
        <translation>Esto es la vista pequeña de un paso. Elige una imagen terminada para pintar.</translation>
    </message>
</context>
<context>
    <name>Sight</name>
    <message>
        <source>about {bytes} of memory</source>
        <translation>unos {bytes} de memoria</translation>
    </message>
    <message>
        <source>Nothing would change.</source>
        <translation>No cambiaría nada.</translation>
    </message>
    <message>
        <source>filled already: another variant</source>
        <translation>ya está rellenado: otra variante</translation>
    </message>
    <message>
        <source>crop {size}</source>
        <translation>recorte {size}</translation>
    </message>
    <message>
        <source>{count} crops</source>
        <translation>{count} recortes</translation>
    </message>
    <message>
        <source>seen at {size}</source>
        <translation>visto a {size}</translation>
    </message>
    <message>
        <source>mask {share}</source>
        <translation>máscara {share}</translation>
    </message>
    <message>
        <source>0 of {count} kept pixels will change</source>
        <translation>0 de {count} píxeles conservados cambiarán</translation>
    </message>
    <message>
        <source>{changed} of {count} kept pixels changed</source>
        <translation>{changed} de {count} px conservados cambiaron</translation>
    </message>
    <message>
        <source>seam {figure}</source>
        <translation>costura {figure}</translation>
    </message>
</context>
<context>
    <name>SizeRows</name>
    <message>
        <source>Width in pixels</source>
        <translation>Ancho en píxeles</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Alto en píxeles</translation>
    </message>
    <message>
        <source>Proportions {width} to {height}</source>
        <translation>Proporción {width} a {height}</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
</context>
<context>
    <name>StartPicturePanel</name>
    <message>
        <source>There is no picture on the clipboard.</source>
        <translation>No hay ninguna imagen en el portapapeles.</translation>
    </message>
    <message>
        <source>Lienzo stays offline. Save the picture to a file and drop that.</source>
        <translation>Lienzo no se conecta a la red. Guarda la imagen en un archivo y suelta el archivo.</translation>
    </message>
    <message>
        <source>Pasted picture</source>
        <translation>Imagen pegada</translation>
    </message>
    <message>
        <source>Drop or paste a picture to start from it.</source>
        <translation>Suelta o pega una imagen para partir de ella.</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>Choose a picture to start from</source>
        <translation>Elegir una imagen de partida</translation>
    </message>
    <message>
        <source>Start picture</source>
        <translation>Imagen de partida</translation>
    </message>
    <message>
        <source>How much may change</source>
        <translation>Cuánto puede cambiar</translation>
    </message>
    <message>
        <source>How much may change: 0 keeps the picture, 1 makes it anew</source>
        <translation>Cuánto puede cambiar: 0 conserva la imagen, 1 la hace de nuevo</translation>
    </message>
    <message>
        <source>Remove the start picture</source>
        <translation>Quitar la imagen de partida</translation>
    </message>
    <message>
        <source>This model cannot start from a picture.</source>
        <translation>Este modelo no puede partir de una imagen.</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>This step was made by the model {model}. Choose it to branch from here.</source>
        <translation>Este paso lo hizo el modelo {model}. Elígelo para ramificar desde aquí.</translation>
    </message>
    <message>
        <source>How this layer was made is not known, so it cannot be made again.</source>
        <translation>No se sabe cómo se hizo esta capa, así que no se puede repetir.</translation>
    </message>
</context>
<context>
    <name>Swatches</name>
    <message>
        <source>Colours</source>
        <translation>Colores</translation>
    </message>
    <message>
        <source>Foreground and background colour (X swaps, D resets)</source>
        <translation>Color frontal y de fondo (X los intercambia, D los restablece)</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close this message</source>
        <translation>Cerrar este mensaje</translation>
    </message>
</context>
<context>
    <name>ToolOptions</name>
    <message>
        <source>Colours and edges</source>
        <translation>Colores y bordes</translation>
    </message>
    <message>
        <source>Found by</source>
        <translation>La encuentra</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>Área</translation>
    </message>
    <message>
        <source>1 pixel</source>
        <translation>1 píxel</translation>
    </message>
    <message>
        <source>Aligned</source>
        <translation>Alineado</translation>
    </message>
    <message>
        <source>The next stroke goes on where this one takes from</source>
        <translation>El siguiente trazo sigue tomando de donde este</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>Máscara</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>Pintar</translation>
    </message>
    <message>
        <source>Erase</source>
        <translation>Borrar</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Forma</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>Lineal</translation>
    </message>
    <message>
        <source>Radial</source>
        <translation>Radial</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Hasta</translation>
    </message>
    <message>
        <source>Background colour</source>
        <translation>Color de fondo</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nada</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Hardness</source>
        <translation>Dureza</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Opacidad</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>Flujo</translation>
    </message>
    <message>
        <source>Steadier hand</source>
        <translation>Pulso más firme</translation>
    </message>
    <message>
        <source>Pressure sets the size</source>
        <translation>La presión cambia el tamaño</translation>
    </message>
    <message>
        <source>Pressure sets the opacity</source>
        <translation>La presión cambia la opacidad</translation>
    </message>
    <message>
        <source>Pressure sets the hardness</source>
        <translation>La presión cambia la dureza</translation>
    </message>
    <message>
        <source>Tilt flattens the tip</source>
        <translation>La inclinación aplana la punta</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>Tolerancia</translation>
    </message>
    <message>
        <source>Only connected</source>
        <translation>Solo contiguo</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>Todas las capas</translation>
    </message>
    <message>
        <source>Selection</source>
        <translation>Selección</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Nueva</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Añadir</translation>
    </message>
    <message>
        <source>Subtract</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Intersect</source>
        <translation>Intersecar</translation>
    </message>
    <message>
        <source>Soft edge of new ones</source>
        <translation>Borde suave de las nuevas</translation>
    </message>
    <message>
        <source>Snap to</source>
        <translation>Ajustar a</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Siguiente</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>Anterior</translation>
    </message>
    <message>
        <source>The chosen one again</source>
        <translation>De nuevo la elegida</translation>
    </message>
    <message>
        <source>More options</source>
        <translation>Más opciones</translation>
    </message>
    <message>
        <source>More options of this tool, and how the pen&apos;s pressure feels</source>
        <translation>Más opciones de esta herramienta, y cómo se siente la presión del lápiz</translation>
    </message>
    <message>
        <source>Mask on the picture</source>
        <translation>Máscara sobre la imagen</translation>
    </message>
</context>
<context>
    <name>Toolbox</name>
    <message>
        <source>Tools</source>
        <translation>Herramientas</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>Colour picker</source>
        <translation>Cuentagotas</translation>
    </message>
    <message>
        <source>Ctrl+click takes the background colour</source>
        <translation>Ctrl+clic toma el color de fondo</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Lupa</translation>
    </message>
    <message>
        <source>Alt+click goes farther away, a drag sideways does it smoothly</source>
        <translation>Alt+clic se aleja; al arrastrar de lado, poco a poco</translation>
    </message>
    <message>
        <source>Clone</source>
        <translation>Clonar</translation>
    </message>
    <message>
        <source>Alt+click where to take from, then paint</source>
        <translation>Alt+clic donde tomar, y luego pinta</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Mover</translation>
    </message>
    <message>
        <source>Moves the layer, or what is selected of it; Alt leaves a copy</source>
        <translation>Mueve la capa, o lo que está seleccionado de ella; Alt deja una copia</translation>
    </message>
    <message>
        <source>Brush</source>
        <translation>Pincel</translation>
    </message>
    <message>
        <source>Shift+click draws a straight line, Alt+click picks a colour</source>
        <translation>Mayús+clic traza una línea recta, Alt+clic toma un color</translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation>Lazo</translation>
    </message>
    <message>
        <source>Shift adds, Alt subtracts, Shift+Alt intersects</source>
        <translation>Mayús añade, Alt quita, Mayús+Alt interseca</translation>
    </message>
    <message>
        <source>Airbrush</source>
        <translation>Aerógrafo</translation>
    </message>
    <message>
        <source>Hold still and more paint comes</source>
        <translation>Si te detienes, sale más pintura</translation>
    </message>
    <message>
        <source>Rectangle marquee</source>
        <translation>Marco rectangular</translation>
    </message>
    <message>
        <source>Shift adds, Alt subtracts, Shift+Alt intersects; Space moves it while dragging</source>
        <translation>Mayús añade, Alt quita, Mayús+Alt interseca; la barra espaciadora lo mueve al arrastrar</translation>
    </message>
    <message>
        <source>Rotate the view</source>
        <translation>Girar la vista</translation>
    </message>
    <message>
        <source>Shift turns in steps of 15°, a double click sets it straight</source>
        <translation>Mayús gira de 15° en 15°, un doble clic la endereza</translation>
    </message>
    <message>
        <source>Mask brush</source>
        <translation>Pincel de máscara</translation>
    </message>
    <message>
        <source>Paint where the picture may change; X changes between painting and erasing</source>
        <translation>Pinta donde la imagen puede cambiar; X alterna entre pintar y borrar</translation>
    </message>
    <message>
        <source>Smart select</source>
        <translation>Selección inteligente</translation>
    </message>
    <message>
        <source>Draw a loop around a thing; a network finds it, or its colours and edges</source>
        <translation>Rodea una cosa con un trazo; la encuentra una red, o sus colores y bordes</translation>
    </message>
    <message>
        <source>Eraser</source>
        <translation>Borrador</translation>
    </message>
    <message>
        <source>The other end of the pen erases too, with any brush</source>
        <translation>El otro extremo del lápiz también borra, con cualquier pincel</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>Degradado</translation>
    </message>
    <message>
        <source>Drag from one colour to the other; Shift goes in steps of 45°</source>
        <translation>Arrastra de un color al otro; Mayús va de 45° en 45°</translation>
    </message>
    <message>
        <source>Ellipse marquee</source>
        <translation>Marco elíptico</translation>
    </message>
    <message>
        <source>Crop or extend</source>
        <translation>Recortar o ampliar</translation>
    </message>
    <message>
        <source>Drag the edges, outwards too; Enter keeps it, Esc takes it back</source>
        <translation>Arrastra los bordes, también hacia fuera; Intro lo acepta, Esc lo deshace</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>Rellenar</translation>
    </message>
    <message>
        <source>Fills what has the colour that one clicks on</source>
        <translation>Rellena lo que tiene el color en el que se hace clic</translation>
    </message>
    <message>
        <source>Variant brush</source>
        <translation>Pincel de variantes</translation>
    </message>
    <message>
        <source>Paint one variant of a result through the chosen one</source>
        <translation>Pinta una variante de un resultado a través de la elegida</translation>
    </message>
    <message>
        <source>Magic wand</source>
        <translation>Varita mágica</translation>
    </message>
    <message>
        <source>Selects what has the colour that one clicks on</source>
        <translation>Selecciona lo que tiene el color en el que se hace clic</translation>
    </message>
    <message>
        <source>Transform</source>
        <translation>Transformar</translation>
    </message>
    <message>
        <source>Handles scale, the room around turns; Enter keeps it, Esc takes it back</source>
        <translation>Los tiradores escalan, alrededor se gira; Intro lo acepta, Esc lo deshace</translation>
    </message>
    <message>
        <source>Polygon lasso</source>
        <translation>Lazo poligonal</translation>
    </message>
    <message>
        <source>Click the corners; Enter closes, Backspace takes the last one back</source>
        <translation>Haz clic en las esquinas; Intro cierra, Retroceso quita la última</translation>
    </message>
    <message>
        <source>Hand</source>
        <translation>Mano</translation>
    </message>
    <message>
        <source>Space does the same with any tool</source>
        <translation>La barra espaciadora hace lo mismo con cualquier herramienta</translation>
    </message>
    <message>
        <source>Drag a joint; Shift moves the figure, Ctrl sizes it, Alt+click takes a joint away</source>
        <translation>Arrastra una articulación; Mayús mueve la figura, Ctrl cambia su tamaño, Alt+clic quita una articulación</translation>
    </message>
    <message>
        <source>Pose</source>
        <translation>Postura</translation>
    </message>
    <message>
        <source>There is no figure to pose. Add a pose map in the Maps section first.</source>
        <translation>No hay ninguna figura que colocar. Añade antes un mapa de postura en la sección Mapas.</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Menu</source>
        <translation>Menú</translation>
    </message>
    <message>
        <source>All commands (Alt+M)</source>
        <translation>Todas las órdenes (Alt+M)</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vista</translation>
    </message>
    <message>
        <source>Fit the picture (Ctrl+0)</source>
        <translation>Ver la imagen entera (Ctrl+0)</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>Preferencias</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>Zoom {percent}, fit the picture</source>
        <translation>Vista al {percent}; ver la imagen entera</translation>
    </message>
</context>
<context>
    <name>TypedNumber</name>
    <message>
        <source>A whole number from {low} to {high}</source>
        <translation>Un número entero de {low} a {high}</translation>
    </message>
    <message>
        <source>In steps of {step}: {near} is near</source>
        <translation>De {step} en {step}: lo más cercano es {near}</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>the first of them stands alone: there is none above it.</source>
        <translation>la primera va sola: no hay ninguna encima.</translation>
    </message>
    <message>
        <source>this adapter looks at one picture at a time. Let each count by itself.</source>
        <translation>este adaptador mira una imagen a la vez. Deja que cada una cuente por separado.</translation>
    </message>
    <message>
        <source>Guider</source>
        <translation>Tipo de guía</translation>
    </message>
    <message>
        <source>Guided from</source>
        <translation>Guiado desde</translation>
    </message>
    <message>
        <source>Guided up to</source>
        <translation>Guiado hasta</translation>
    </message>
    <message>
        <source>this model cannot be guided so. Choose another guider.</source>
        <translation>este modelo no se puede guiar así. Elige otro tipo de guía.</translation>
    </message>
    <message>
        <source>it asks with one sentence, and there are several, or places. Choose another guider.</source>
        <translation>pregunta con una sola frase, y hay varias, o lugares. Elige otro tipo de guía.</translation>
    </message>
    <message>
        <source>it must be after where guidance begins.</source>
        <translation>debe estar después de donde empieza la guía.</translation>
    </message>
    <message>
        <source>this model must be told in a word what the picture shows. Write it beside it.</source>
        <translation>hay que decirle a este modelo en una palabra qué muestra la imagen. Escríbela a su lado.</translation>
    </message>
    <message>
        <source>{most} are the most at once. Take some away, or switch some off.</source>
        <translation>como mucho {most} a la vez. Quita alguno o desactívalo.</translation>
    </message>
    <message>
        <source>Imagining what the picture is to show</source>
        <translation>Imaginando lo que mostrará la imagen</translation>
    </message>
    <message>
        <source>Drawing out what it has imagined</source>
        <translation>Dibujando lo que ha imaginado</translation>
    </message>
    <message>
        <source>this model takes {most} at most.</source>
        <translation>este modelo admite {most} como mucho.</translation>
    </message>
    <message>
        <source>this model draws {most} pixels at most, unless the picture is square.</source>
        <translation>este modelo dibuja {most} píxeles como mucho, salvo que la imagen sea cuadrada.</translation>
    </message>
    <message>
        <source>this model takes after a picture as a whole: no style or composition alone.</source>
        <translation>este modelo se guía por una imagen entera: ni solo el estilo ni solo la composición.</translation>
    </message>
    <message>
        <source>this model takes after a picture everywhere. Let it count everywhere.</source>
        <translation>este modelo se parece a una imagen en todas partes. Deja que cuente en todas partes.</translation>
    </message>
    <message>
        <source>this model puts whole pictures into places, and takes over the style of one that counts everywhere.</source>
        <translation>este modelo pone imágenes enteras en los lugares, y toma el estilo de una que cuente en todas partes.</translation>
    </message>
    <message>
        <source>one is longer and narrower than this model reads. Cut it, or take it away.</source>
        <translation>una es más larga y estrecha de lo que este modelo lee. Recórtala o quítala.</translation>
    </message>
    <message>
        <source>the place of one is gone, or nothing is painted there. Paint it, or let it count everywhere.</source>
        <translation>el lugar de una ya no está, o no hay nada pintado en él. Píntalo, o deja que cuente en todas partes.</translation>
    </message>
    <message>
        <source>a “}” is missing for this “{”. \{ is the character itself.</source>
        <translation>falta un «}» para este «{». \{ es el propio carácter.</translation>
    </message>
    <message>
        <source>a “{” is missing for this “}”. \} is the character itself.</source>
        <translation>falta un «{» para este «}». \} es el propio carácter.</translation>
    </message>
    <message>
        <source>how many are drawn is written as 2$$ or 1-3$$.</source>
        <translation>cuántas se sortean se escribe 2$$ o 1-3$$.</translation>
    </message>
    <message>
        <source>nothing sets the variable “{name}”. Set it before with an equals sign, as in ${mood=glad}.</source>
        <translation>nada define la variable «{name}». Defínela antes con un signo igual, como en ${mood=glad}.</translation>
    </message>
    <message>
        <source>choices and lists lie too deep in one another, or a list leads back to itself.</source>
        <translation>hay demasiadas opciones y listas unas dentro de otras, o una lista vuelve a sí misma.</translation>
    </message>
    <message>
        <source>what would be drawn is too long.</source>
        <translation>lo que se sortearía es demasiado largo.</translation>
    </message>
    <message>
        <source>a LoRA is named as &lt;lora:name:0.8&gt;, or by blocks &lt;lora:name:0.8:up_blocks.1=0.5&gt;.</source>
        <translation>un LoRA se nombra así: &lt;lora:nombre:0.8&gt;, o por bloques: &lt;lora:nombre:0.8:up_blocks.1=0.5&gt;.</translation>
    </message>
    <message>
        <source>this model cannot follow several sentences at once. \AND is the word itself.</source>
        <translation>este modelo no puede seguir varias frases a la vez. \AND es la propia palabra.</translation>
    </message>
    <message>
        <source>This model knows no weights: the words count, brackets do not.</source>
        <translation>Este modelo no entiende pesos: cuentan las palabras, no los paréntesis.</translation>
    </message>
    <message>
        <source>This model reads no words that change by steps.</source>
        <translation>Este modelo no lee palabras que cambian por pasos.</translation>
    </message>
    <message>
        <source>A LoRA is named in the prompt, not here.</source>
        <translation>Un LoRA se nombra en el prompt, no aquí.</translation>
    </message>
    <message>
        <source>This model reads the prompt in one piece: BREAK does nothing.</source>
        <translation>Este modelo lee el prompt de una vez: BREAK no hace nada.</translation>
    </message>
    <message>
        <source>Here AND joins nothing; it is read as a word.</source>
        <translation>Aquí AND no une nada; se lee como una palabra.</translation>
    </message>
    <message>
        <source>[a|b] takes turns at each step. [a:b:0.5] changes after half of the steps, [a:b:8] after eight.</source>
        <translation>[a|b] se turna en cada paso. [a:b:0.5] cambia tras la mitad de los pasos, [a:b:8] tras ocho.</translation>
    </message>
    <message>
        <source>What follows is read as a piece of its own.</source>
        <translation>Lo que sigue se lee como un trozo aparte.</translation>
    </message>
    <message>
        <source>Both sentences are followed at once; a weight stands behind each, as in: a cat :0.8</source>
        <translation>Se siguen ambas frases a la vez; detrás de cada una puede ir su peso, como en: un gato :0.8</translation>
    </message>
    <message>
        <source>Each picture draws one of these by its seed.</source>
        <translation>Cada imagen sortea una de estas según su semilla.</translation>
    </message>
    <message>
        <source>This bracket has no partner and is read as a character.</source>
        <translation>Este paréntesis no tiene pareja y se lee como un carácter.</translation>
    </message>
    <message>
        <source>at character {place}: {what}</source>
        <translation>en el carácter {place}: {what}</translation>
    </message>
    <message>
        <source>Places with words of their own</source>
        <translation>Lugares con palabras propias</translation>
    </message>
    <message>
        <source>Styles</source>
        <translation>Estilos</translation>
    </message>
    <message>
        <source>one of them is not here. Take it away, or bring its file back.</source>
        <translation>uno de ellos no está. Quítalo o recupera su archivo.</translation>
    </message>
    <message>
        <source>this model cannot follow them. Choose another, or switch them off.</source>
        <translation>este modelo no puede seguirlos. Elige otro o desactívalos.</translation>
    </message>
    <message>
        <source>There is not enough memory for this network. Close other programs, or choose a smaller one.</source>
        <translation>No hay memoria suficiente para esta red. Cierra otros programas o elige una más pequeña.</translation>
    </message>
    <message>
        <source>The network that selects things is not there. Choose another one, or colours and edges.</source>
        <translation>La red que selecciona cosas no está. Elige otra, o los colores y bordes.</translation>
    </message>
    <message>
        <source>The gallery&apos;s index was damaged. It is made again from the pictures; nothing is lost.</source>
        <translation>El índice de la galería estaba dañado. Se vuelve a hacer a partir de las imágenes; no se pierde nada.</translation>
    </message>
    <message>
        <source>A newer Lienzo wrote the gallery&apos;s index. It is shown but not changed; update Lienzo.</source>
        <translation>Un Lienzo más nuevo escribió el índice de la galería. Se muestra pero no se cambia; actualiza Lienzo.</translation>
    </message>
    <message>
        <source>The gallery&apos;s index cannot be written. What it knows is shown, and nothing new is added.</source>
        <translation>El índice de la galería no se puede escribir. Se muestra lo que sabe y no se añade nada nuevo.</translation>
    </message>
    <message>
        <source>Something went wrong: {what}</source>
        <translation>Algo ha fallado: {what}</translation>
    </message>
    <message>
        <source>That model is not there. Choose another one, or add its folder in the preferences.</source>
        <translation>Ese modelo no está. Elige otro o añade su carpeta en las preferencias.</translation>
    </message>
    <message>
        <source>This model is of a kind that Lienzo cannot run. Choose another one.</source>
        <translation>Este modelo es de un tipo que Lienzo no sabe usar. Elige otro.</translation>
    </message>
    <message>
        <source>This file is damaged or could run foreign code. It was not loaded.</source>
        <translation>Este archivo está dañado o podría ejecutar código ajeno. No se ha cargado.</translation>
    </message>
    <message>
        <source>There is not enough memory for this picture. Make it smaller, or close other programs.</source>
        <translation>No hay memoria suficiente para esta imagen. Hazla más pequeña o cierra otros programas.</translation>
    </message>
    <message>
        <source>The engine stopped. It starts again with the next job.</source>
        <translation>El motor se ha parado. Arranca otra vez con el próximo trabajo.</translation>
    </message>
    <message>
        <source>This file cannot be read. It was left as it is.</source>
        <translation>Este archivo no se puede leer. Se ha dejado como está.</translation>
    </message>
    <message>
        <source>Saving failed. What was there before is untouched.</source>
        <translation>No se ha podido guardar. Lo que había antes sigue intacto.</translation>
    </message>
    <message>
        <source>The numbers overflowed. Lower the guidance or choose another sampler, and try again.</source>
        <translation>Los números se han desbordado. Baja la guía o elige otro muestreador y prueba otra vez.</translation>
    </message>
    <message>
        <source>Its VAE, a text encoder or a tokenizer is not among your models. Put it into a model folder.</source>
        <translation>Su VAE, un codificador de texto o un tokenizador no está entre tus modelos. Ponlo en una carpeta de modelos.</translation>
    </message>
    <message>
        <source>The tokenizer of that name, with which it reads, is in no model folder. Put its vocab.txt or tokenizer.json into one.</source>
        <translation>El tokenizador de ese nombre, con el que lee, no está en ninguna carpeta de modelos. Pon su vocab.txt o tokenizer.json en una.</translation>
    </message>
    <message>
        <source>this model has no block {block} for a LoRA. It has {known}.</source>
        <translation>este modelo no tiene ningún bloque {block} para un LoRA. Tiene {known}.</translation>
    </message>
    <message>
        <source>blocks of a LoRA are written as up_blocks.1=0.5,mid_block=0.</source>
        <translation>los bloques de un LoRA se escriben así: up_blocks.1=0.5,mid_block=0.</translation>
    </message>
    <message>
        <source>This was learnt with another model. Choose that model, or take it off.</source>
        <translation>Se aprendió con otro modelo. Elige ese modelo o quítalo.</translation>
    </message>
    <message>
        <source>No LoRA or learnt word of that name is here.</source>
        <translation>Aquí no hay ningún LoRA ni palabra aprendida con ese nombre.</translation>
    </message>
    <message>
        <source>The engine could not do that.</source>
        <translation>El motor no ha podido hacerlo.</translation>
    </message>
    <message>
        <source>en</source>
        <comment>code of this language, e.g. es</comment>
        <translation>es</translation>
    </message>
    <message>
        <source>must be a multiple of {multiple}; {near} is near.</source>
        <translation>debe ser múltiplo de {multiple}; {near} está cerca.</translation>
    </message>
    <message>
        <source>too little for a single step; at least {least} is needed.</source>
        <translation>demasiado poco para un solo paso; hace falta al menos {least}.</translation>
    </message>
    <message>
        <source>a branch keeps the model and the size that it started with.</source>
        <translation>una rama conserva el modelo y el tamaño con que empezó.</translation>
    </message>
    <message>
        <source>it is missing; choose it again.</source>
        <translation>no está; elígela otra vez.</translation>
    </message>
    <message>
        <source>it must be as large as the picture.</source>
        <translation>debe medir lo mismo que la imagen.</translation>
    </message>
    <message>
        <source>there are fewer separate places than that.</source>
        <translation>hay menos zonas separadas.</translation>
    </message>
    <message>
        <source>it must hold a pixel and not make the picture too large.</source>
        <translation>debe contener un píxel y no agrandar demasiado la imagen.</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Edición</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>Máscara</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Ampliar</translation>
    </message>
    <message>
        <source>Feather</source>
        <translation>Difuminar</translation>
    </message>
    <message>
        <source>Blend</source>
        <translation>Fundir</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>Contexto</translation>
    </message>
    <message>
        <source>Working size</source>
        <translation>Tamaño de trabajo</translation>
    </message>
    <message>
        <source>New canvas</source>
        <translation>Lienzo nuevo</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>Marco</translation>
    </message>
    <message>
        <source>Words of a place</source>
        <translation>Palabras de una zona</translation>
    </message>
    <message>
        <source>choose a value from {low} to {high}.</source>
        <translation>elige un valor de {low} a {high}.</translation>
    </message>
    <message>
        <source>longer than {most} characters; shorten it.</source>
        <translation>pasa de {most} caracteres; acórtalo.</translation>
    </message>
    <message>
        <source>this model does not know it. Choose another one.</source>
        <translation>este modelo no lo conoce. Elige otro.</translation>
    </message>
    <message>
        <source>it is not in this computer. Choose another one in the preferences.</source>
        <translation>no está en este ordenador. Elige otro en las preferencias.</translation>
    </message>
    <message>
        <source>none is chosen. Choose one.</source>
        <translation>no hay ninguno elegido. Elige uno.</translation>
    </message>
    <message>
        <source>this model cannot start from a picture.</source>
        <translation>este modelo no puede partir de una imagen.</translation>
    </message>
    <message>
        <source>it cannot be read, or holds no picture. Choose another one.</source>
        <translation>no se puede leer o no contiene ninguna imagen. Elige otra.</translation>
    </message>
    <message>
        <source>choose a word of letters, without brackets, commas and colons.</source>
        <translation>elige una palabra de letras, sin paréntesis, comas ni dos puntos.</translation>
    </message>
    <message>
        <source>this model has nothing that they could change.</source>
        <translation>este modelo no tiene nada que puedan cambiar.</translation>
    </message>
    <message>
        <source>this cannot be used.</source>
        <translation>esto no se puede usar.</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Prompt negativo</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>Ancho</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>Alto</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Guía</translation>
    </message>
    <message>
        <source>Guidance rescale</source>
        <translation>Reescalado de la guía</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Muestreador</translation>
    </message>
    <message>
        <source>How much may change</source>
        <translation>Cuánto puede cambiar</translation>
    </message>
    <message>
        <source>Folder of pictures</source>
        <translation>Carpeta de imágenes</translation>
    </message>
    <message>
        <source>The word that will call it</source>
        <translation>La palabra que lo llamará</translation>
    </message>
    <message>
        <source>Time, in minutes</source>
        <translation>Tiempo, en minutos</translation>
    </message>
    <message>
        <source>Learnt</source>
        <translation>Aprendido</translation>
    </message>
    <message>
        <source>A setting</source>
        <translation>Un ajuste</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Semilla</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Dispositivo</translation>
    </message>
    <message>
        <source>Start picture</source>
        <translation>Imagen de partida</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>Rama</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Cargando el modelo</translation>
    </message>
    <message>
        <source>Loading the text encoder</source>
        <translation>Cargando el codificador de texto</translation>
    </message>
    <message>
        <source>Reading the prompt</source>
        <translation>Leyendo el prompt</translation>
    </message>
    <message>
        <source>Reading the start picture</source>
        <translation>Leyendo la imagen de partida</translation>
    </message>
    <message>
        <source>Preparing the preview</source>
        <translation>Preparando la vista previa</translation>
    </message>
    <message>
        <source>Not saved yet</source>
        <translation>Aún sin guardar</translation>
    </message>
    <message>
        <source>Developing the picture</source>
        <translation>Revelando la imagen</translation>
    </message>
    <message>
        <source>Going back to the step</source>
        <translation>Volviendo al paso</translation>
    </message>
    <message>
        <source>Reading the pictures</source>
        <translation>Leyendo las imágenes</translation>
    </message>
    <message>
        <source>Drawing what is to stay as it is</source>
        <translation>Dibujando lo que debe seguir igual</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Preparando</translation>
    </message>
    <message>
        <source>Memory is short: the picture is developed in tiles.</source>
        <translation>Falta memoria: la imagen se revela por partes.</translation>
    </message>
    <message>
        <source>The numbers overflowed: the picture is developed in full precision.</source>
        <translation>Los números se desbordaron: la imagen se revela con precisión completa.</translation>
    </message>
    <message>
        <source>Memory is short: parts of the model wait outside the graphics card.</source>
        <translation>Falta memoria: partes del modelo esperan fuera de la tarjeta gráfica.</translation>
    </message>
    <message>
        <source>Memory is short: the weights are kept in 8 bits a number.</source>
        <translation>Falta memoria: los pesos se guardan con 8 bits por número.</translation>
    </message>
    <message>
        <source>The installed attention package refused this model: torch&apos;s own is used.</source>
        <translation>El paquete de atención instalado ha rechazado este modelo: se usa el de torch.</translation>
    </message>
    <message>
        <source>Memory is short: the network comes to the graphics card layer by layer.</source>
        <translation>Falta memoria: la red llega a la tarjeta gráfica capa a capa.</translation>
    </message>
    <message>
        <source>Words that the model never learnt are drawn as others: {words}</source>
        <translation>Las palabras que el modelo no aprendió se dibujan como otras: {words}</translation>
    </message>
    <message>
        <source>Memory is short: what is not needed now was let go.</source>
        <translation>Falta memoria: se ha soltado lo que ahora no hace falta.</translation>
    </message>
    <message>
        <source>Memory is short: the prompts are computed one after the other.</source>
        <translation>Falta memoria: los prompts se calculan uno tras otro.</translation>
    </message>
    <message>
        <source>The prompt is longer than the model reads. The dimmed end has no effect.</source>
        <translation>El prompt es más largo de lo que lee el modelo. El final atenuado no cuenta.</translation>
    </message>
    <message>
        <source>The negative prompt is longer than the model reads.</source>
        <translation>El prompt negativo es más largo de lo que lee el modelo.</translation>
    </message>
    <message>
        <source>With other settings a branch is not exact, only similar.</source>
        <translation>Con otros ajustes, una rama no es exacta, solo parecida.</translation>
    </message>
    <message>
        <source>Memory: about {needed} MB of {free} GB that are free; {batch} pictures a step.</source>
        <translation>Memoria: unos {needed} MB de los {free} GB libres; {batch} imágenes por paso.</translation>
    </message>
    <message>
        <source>{name} cannot be used and is left out.</source>
        <translation>{name} no se puede usar y se omite.</translation>
    </message>
    <message>
        <source>{name} has more words than the model reads; the end is not learnt.</source>
        <translation>{name} tiene más palabras de las que lee el modelo; el final no se aprende.</translation>
    </message>
    <message>
        <source>Going on after step {step}.</source>
        <translation>Se sigue tras el paso {step}.</translation>
    </message>
    <message>
        <source>The queue&apos;s file was damaged. It is kept as {name}; a new one was begun.</source>
        <translation>El archivo de la cola estaba dañado. Se guarda como {name}; se ha empezado otro.</translation>
    </message>
    <message>
        <source>A newer Lienzo wrote this queue. It is shown but not changed; update Lienzo.</source>
        <translation>Esta cola es de un Lienzo más nuevo. Se muestra pero no se cambia; actualiza Lienzo.</translation>
    </message>
    <message>
        <source>The queue&apos;s file cannot be written. The queue is shown but not kept.</source>
        <translation>No se puede escribir el archivo de la cola. La cola se muestra pero no se guarda.</translation>
    </message>
    <message>
        <source>The queue&apos;s file was brought up to date; {name} is how it was.</source>
        <translation>El archivo de la cola se ha puesto al día; {name} es como estaba.</translation>
    </message>
    <message>
        <source>A job of the queue cannot be read. It was left in {name}.</source>
        <translation>Un trabajo de la cola no se puede leer. Se ha dejado en {name}.</translation>
    </message>
    <message>
        <source>nothing is painted yet. Paint with the mask brush (Q).</source>
        <translation>aún no hay nada pintado. Pinta con el pincel de máscara (Q).</translation>
    </message>
    <message>
        <source>no place is empty. Make the canvas larger with the crop tool.</source>
        <translation>no hay nada vacío. Agranda el lienzo con la herramienta de recorte.</translation>
    </message>
    <message>
        <source>nothing is selected.</source>
        <translation>no hay nada seleccionado.</translation>
    </message>
    <message>
        <source>it makes pictures from words alone and cannot change one. Choose another model.</source>
        <translation>hace imágenes solo a partir de palabras y no puede cambiar una. Elige otro modelo.</translation>
    </message>
    <message>
        <source>This picture does not say how it was made.</source>
        <translation>Esta imagen no dice cómo se hizo.</translation>
    </message>
    <message>
        <source>the first of them must stand in the prompt.</source>
        <translation>las primeras deben estar en el prompt.</translation>
    </message>
    <message>
        <source>it counts only with a start picture. Choose one first.</source>
        <translation>solo cuenta con una imagen de partida. Elige una antes.</translation>
    </message>
    <message>
        <source>it stands on two axes. Choose another one for one of them.</source>
        <translation>está en dos ejes. Elige otro para uno de ellos.</translation>
    </message>
    <message>
        <source>that would be too many pictures. Shorten an axis.</source>
        <translation>serían demasiadas imágenes. Acorta un eje.</translation>
    </message>
    <message>
        <source>only numbers can stand here.</source>
        <translation>aquí solo pueden ir números.</translation>
    </message>
    <message>
        <source>write values with commas between them.</source>
        <translation>escribe valores separados por comas.</translation>
    </message>
    <message>
        <source>a sheet has many recipes. Choose one of its pictures.</source>
        <translation>una lámina tiene muchas recetas. Elige una de sus imágenes.</translation>
    </message>
    <message>
        <source>Words of the prompt</source>
        <translation>Palabras del prompt</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>Lámina</translation>
    </message>
    <message>
        <source>Loading what reads the maps</source>
        <translation>Cargando lo que lee los mapas</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Mapas</translation>
    </message>
    <message>
        <source>No ControlNet of that name is here. Choose another one.</source>
        <translation>No hay ningún ControlNet con ese nombre. Elige otro.</translation>
    </message>
    <message>
        <source>it cannot be drawn from a picture. Paint it by hand.</source>
        <translation>no se puede dibujar de una imagen. Píntalo a mano.</translation>
    </message>
    <message>
        <source>it is made of the mask by itself. Paint a mask instead.</source>
        <translation>se hace solo, de la máscara. Pinta una máscara.</translation>
    </message>
    <message>
        <source>it shows the picture without what is painted over, and nothing is. Paint a mask and choose to change that, or switch the map off.</source>
        <translation>muestra la imagen sin lo tapado, y no hay nada tapado. Pinta una máscara y elige cambiar eso, o apaga el mapa.</translation>
    </message>
    <message>
        <source>this ControlNet is not for inpainting. Choose one that is, or switch the map off.</source>
        <translation>este ControlNet no es para rellenar máscaras. Elige uno que lo sea, o apaga el mapa.</translation>
    </message>
    <message>
        <source>its layer is gone. Choose another one, or take the map away.</source>
        <translation>su capa ya no está. Elige otra o quita el mapa.</translation>
    </message>
    <message>
        <source>nothing here reads this kind of map for this model. Put a ControlNet into a model folder, or switch the map off.</source>
        <translation>nada lee esta clase de mapa para este modelo. Pon un ControlNet en una carpeta de modelos o desactiva el mapa.</translation>
    </message>
    <message>
        <source>several ControlNets read this map. Choose one of them.</source>
        <translation>varios ControlNets leen este mapa. Elige uno.</translation>
    </message>
    <message>
        <source>this model cannot follow maps.</source>
        <translation>este modelo no puede seguir mapas.</translation>
    </message>
    <message>
        <source>this model draws after a map. Add one, in the Maps section, and see that it is on.</source>
        <translation>este modelo dibuja siguiendo un mapa. Añade uno en la sección Mapas y mira que esté activo.</translation>
    </message>
    <message>
        <source>this model reads one map. Switch the others off.</source>
        <translation>este modelo lee un solo mapa. Desactiva los demás.</translation>
    </message>
    <message>
        <source>two of the ControlNets bring a sense of time, and a model goes by one. Switch one off.</source>
        <translation>dos de los ControlNets traen un sentido del tiempo, y un modelo sigue uno solo. Desactiva uno.</translation>
    </message>
    <message>
        <source>this model reads its map whole: weight 1, from the first step to the last.</source>
        <translation>este modelo lee su mapa entero: peso 1, del primer paso al último.</translation>
    </message>
    <message>
        <source>a control LoRA reads its map from the first step to the last. Set its steps so.</source>
        <translation>una LoRA de control lee su mapa del primer paso al último. Ajusta así sus pasos.</translation>
    </message>
    <message>
        <source>This is a control LoRA: it reads a map. Choose it in the Maps section.</source>
        <translation>Es una LoRA de control: lee un mapa. Elígela en la sección Mapas.</translation>
    </message>
    <message>
        <source>this model reads its map by itself. Choose the model, in place of a ControlNet.</source>
        <translation>este modelo lee su mapa por sí mismo. Elige el modelo en lugar de un ControlNet.</translation>
    </message>
    <message>
        <source>What came is not the file that was promised. It was thrown away: try again, or get it elsewhere.</source>
        <translation>Lo que llegó no es el archivo prometido. Se desechó: inténtalo de nuevo o consíguelo en otro sitio.</translation>
    </message>
    <message>
        <source>It is not given to everybody there. Log in or accept its licence in a browser, and put the file into a model folder.</source>
        <translation>Allí no se da a cualquiera. Inicia sesión o acepta su licencia en un navegador y pon el archivo en una carpeta de modelos.</translation>
    </message>
    <message>
        <source>There is no such model at that address. Check it.</source>
        <translation>No hay ningún modelo así en esa dirección. Compruébala.</translation>
    </message>
    <message>
        <source>Another file of that name is there already; it is left as it is. Choose another folder, or move it.</source>
        <translation>Ya hay otro archivo con ese nombre; se deja como está. Elige otra carpeta o muévelo.</translation>
    </message>
    <message>
        <source>The download failed. What has come so far is kept: start it again later.</source>
        <translation>La descarga falló. Lo que ya llegó se conserva: vuelve a empezarla más tarde.</translation>
    </message>
    <message>
        <source>there is one of this name already; choose another.</source>
        <translation>ya hay uno con este nombre; elige otro.</translation>
    </message>
    <message>
        <source>it needs a name.</source>
        <translation>necesita un nombre.</translation>
    </message>
    <message>
        <source>Board</source>
        <translation>Tablero</translation>
    </message>
    <message>
        <source>Enlarging</source>
        <translation>Agrandando</translation>
    </message>
    <message>
        <source>Memory is short: the picture is worked on in smaller tiles.</source>
        <translation>Falta memoria: la imagen se trabaja en mosaicos más pequeños.</translation>
    </message>
    <message>
        <source>it cannot refine an enlarged picture. Choose another model, or enlarge without refining.</source>
        <translation>no puede refinar una imagen agrandada. Elige otro modelo, o agranda sin refinar.</translation>
    </message>
    <message>
        <source>choose a value from {low} to {high}, that makes no huge picture.</source>
        <translation>elige un valor de {low} a {high} que no haga una imagen enorme.</translation>
    </message>
    <message>
        <source>No upscaling network of that name is here. Choose another one.</source>
        <translation>Aquí no hay ninguna red de ampliación con ese nombre. Elige otra.</translation>
    </message>
    <message>
        <source>This VAE cannot be used, or is not here. Choose another one, or the model&apos;s own.</source>
        <translation>Este VAE no se puede usar o no está aquí. Elige otro, o el del modelo.</translation>
    </message>
    <message>
        <source>This VAE is of another kind than the model&apos;s own. Choose another one, or the model&apos;s own.</source>
        <translation>Este VAE es de otra clase que el del modelo. Elige otro, o el del modelo.</translation>
    </message>
    <message>
        <source>This upscaling network needs the library spandrel, which is not installed. Choose another one.</source>
        <translation>Esta red de ampliación necesita la biblioteca spandrel, que no está instalada. Elige otra.</translation>
    </message>
    <message>
        <source>Looking at the reference pictures</source>
        <translation>Mirando las imágenes de referencia</translation>
    </message>
    <message>
        <source>References</source>
        <translation>Referencias</translation>
    </message>
    <message>
        <source>Picture guidance</source>
        <translation>Guía de la imagen</translation>
    </message>
    <message>
        <source>Share of the steps for places</source>
        <translation>Parte de los pasos para los lugares</translation>
    </message>
    <message>
        <source>this model cannot take after pictures.</source>
        <translation>este modelo no puede parecerse a imágenes.</translation>
    </message>
    <message>
        <source>this model draws after a picture. Choose one.</source>
        <translation>este modelo dibuja a partir de una imagen. Elige una.</translation>
    </message>
    <message>
        <source>this model draws from words or after a picture, not from both. Take one of them away.</source>
        <translation>este modelo dibuja a partir de palabras o de una imagen, no de ambas. Quita una de las dos.</translation>
    </message>
    <message>
        <source>no IP-Adapter for this model is here. Put one into a model folder, with its image encoder.</source>
        <translation>aquí no hay ningún IP-Adapter para este modelo. Pon uno en una carpeta de modelos, con su codificador de imágenes.</translation>
    </message>
    <message>
        <source>several IP-Adapters fit. Choose one of them.</source>
        <translation>sirven varios IP-Adapters. Elige uno de ellos.</translation>
    </message>
    <message>
        <source>this model reads fewer pictures. Take some away.</source>
        <translation>este modelo lee menos imágenes. Quita algunas.</translation>
    </message>
    <message>
        <source>this model reads pictures whole: weight 1, and no style or composition alone.</source>
        <translation>este modelo lee las imágenes enteras: peso 1, y no solo estilo o composición.</translation>
    </message>
    <message>
        <source>No network of that name is here. Choose another one.</source>
        <translation>Aquí no hay ninguna red con ese nombre. Elige otra.</translation>
    </message>
    <message>
        <source>The image encoder of this IP-Adapter is not in the model folders. Put it there, as safetensors.</source>
        <translation>El codificador de imágenes de este IP-Adapter no está en las carpetas de modelos. Ponlo ahí, como safetensors.</translation>
    </message>
    <message>
        <source>This is what reads maps for another program, in a way that Lienzo has not. Choose a plain ControlNet for the same map.</source>
        <translation>Esto lee mapas para otro programa, de una manera que Lienzo no tiene. Elige un ControlNet corriente para el mismo mapa.</translation>
    </message>
    <message>
        <source>This adapter is for another program, in a way that Lienzo has not. Choose another IP-Adapter.</source>
        <translation>Este adaptador es para otro programa, de una manera que Lienzo no tiene. Elige otro IP-Adapter.</translation>
    </message>
    <message>
        <source>FaceID adapters need a face recogniser, which Lienzo has not. Choose another IP-Adapter.</source>
        <translation>Los adaptadores FaceID necesitan un reconocedor de caras, que Lienzo no tiene. Elige otro IP-Adapter.</translation>
    </message>
    <message>
        <source>this ControlNet does not read this kind. Choose another one.</source>
        <translation>este ControlNet no lee esta clase. Elige otro.</translation>
    </message>
    <message>
        <source>Drawing the maps</source>
        <translation>Dibujando los mapas</translation>
    </message>
    <message>
        <source>there is no list “{name}”. Put it into the folder of wildcards, or change the name.</source>
        <translation>no hay ninguna lista «{name}». Ponla en la carpeta de listas o cambia el nombre.</translation>
    </message>
    <message>
        <source>the list “{name}” is empty.</source>
        <translation>la lista «{name}» está vacía.</translation>
    </message>
    <message>
        <source>a line of the list “{name}” cannot be read. Mend its file.</source>
        <translation>una línea de la lista «{name}» no se puede leer. Corrige su archivo.</translation>
    </message>
    <message>
        <source>there is no LoRA “{name}” in the model folders. Choose another one, or take it out.</source>
        <translation>no hay ningún LoRA «{name}» en las carpetas de modelos. Elige otro o quítalo.</translation>
    </message>
    <message>
        <source>the LoRA “{name}” was learnt with another model. Choose that model, or take it out.</source>
        <translation>el LoRA «{name}» se aprendió con otro modelo. Elige ese modelo o quítalo.</translation>
    </message>
    <message>
        <source>this model draws only what is in its list. Search there, and choose one.</source>
        <translation>este modelo solo dibuja lo que hay en su lista. Búscalo ahí y elígelo.</translation>
    </message>
    <message>
        <source>too many sentences are joined with AND. Take some out.</source>
        <translation>hay demasiadas frases unidas con AND. Quita alguna.</translation>
    </message>
    <message>
        <source>this model changes a picture. Choose one.</source>
        <translation>este modelo cambia una imagen. Elige una.</translation>
    </message>
    <message>
        <source>The address cannot be reached. Check it and the network; what has come so far is kept.</source>
        <translation>No se llega a esa dirección. Revísala y mira si hay red; lo que ya llegó se conserva.</translation>
    </message>
    <message>
        <source>This is no address. Write owner/name, or one that begins with https://.</source>
        <translation>Eso no es una dirección. Escribe autor/nombre o una que empiece por https://.</translation>
    </message>
    <message>
        <source>Its weights are there only as pickles, which can run code. Choose one that has them as safetensors.</source>
        <translation>Sus pesos solo están como pickle, que puede ejecutar código. Elige uno que los tenga en safetensors.</translation>
    </message>
    <message>
        <source>The repository has no file of that name. Check it.</source>
        <translation>El repositorio no tiene ningún archivo con ese nombre. Revísalo.</translation>
    </message>
    <message>
        <source>Only .safetensors and .gguf files are fetched. Choose one.</source>
        <translation>Solo se traen archivos .safetensors y .gguf. Elige uno.</translation>
    </message>
    <message>
        <source>The repository has several files. Write the https address of the one you want.</source>
        <translation>El repositorio tiene varios archivos. Escribe la dirección https del que quieres.</translation>
    </message>
    <message>
        <source>Measuring the speeds</source>
        <translation>Midiendo las velocidades</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Capas</translation>
    </message>
    <message>
        <source>it is given whole pictures and changes no part of one. Choose “The whole picture” or another model.</source>
        <translation>recibe imágenes enteras y no cambia partes de ninguna. Elige «La imagen entera» u otro modelo.</translation>
    </message>
    <message>
        <source>this model is shown what to do by pairs: before, after. One is missing, or one too many.</source>
        <translation>a este modelo se le muestra qué hacer con parejas: antes, después. Falta una o sobra una.</translation>
    </message>
</context>
<context>
    <name>WorkArea</name>
    <message>
        <source>Type what should appear, then press Ctrl+Enter.</source>
        <translation>Escribe qué debe aparecer y pulsa Ctrl+Intro.</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
</context>
<context>
    <name>DocumentDialogs</name>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Place a picture as a layer</source>
        <translation>Colocar una imagen como capa</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>Guardar como</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Import a mask</source>
        <translation>Importar una máscara</translation>
    </message>
    <message>
        <source>Mask as a grey picture</source>
        <translation>Máscara como imagen en gris</translation>
    </message>
    <message>
        <source>Picture with the mask as its alpha</source>
        <translation>Imagen con la máscara como alfa</translation>
    </message>
    <message>
        <source>Export the mask</source>
        <translation>Exportar la máscara</translation>
    </message>
    <message>
        <source>Forget these</source>
        <translation>Olvidar estos</translation>
    </message>
    <message>
        <source>Documents and pictures</source>
        <translation>Documentos e imágenes</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>Documentos</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>OpenRaster, for Krita and GIMP too</source>
        <translation>OpenRaster, también para Krita y GIMP</translation>
    </message>
    <message>
        <source>Pictures: alpha, or brightness where none is transparent</source>
        <translation>Imágenes: alfa, o brillo si nada es transparente</translation>
    </message>
    <message>
        <source>Pictures: alpha</source>
        <translation>Imágenes: alfa</translation>
    </message>
    <message>
        <source>Pictures: brightness</source>
        <translation>Imágenes: brillo</translation>
    </message>
    <message>
        <source>mask</source>
        <translation>máscara</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>With all layers, for Photoshop, Affinity, Photopea and others.</source>
        <translation>Con todas las capas, para Photoshop, Affinity, Photopea y otros.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Keep what is transparent</source>
        <translation>Conservar la transparencia</translation>
    </message>
    <message>
        <source>Write into it how it was made</source>
        <translation>Incluir cómo se hizo</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportar…</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Formato</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Calidad</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>Fondo</translation>
    </message>
    <message>
        <source>Every pixel is kept.</source>
        <translation>Se conserva cada píxel.</translation>
    </message>
    <message>
        <source>Small; holds nothing transparent, so the background stands behind it.</source>
        <translation>Ocupa poco; no admite transparencia, así que detrás queda el fondo.</translation>
    </message>
    <message>
        <source>Small, with transparency. At quality 100 every pixel is kept.</source>
        <translation>Ocupa poco y admite transparencia. Con calidad 100 se conserva cada píxel.</translation>
    </message>
    <message>
        <source>Every pixel is kept; for print and archives.</source>
        <translation>Se conserva cada píxel; para imprimir y archivar.</translation>
    </message>
</context>
<context>
    <name>NewDocumentDialog</name>
    <message>
        <source>New document</source>
        <translation>Nuevo documento</translation>
    </message>
    <message>
        <source>Own size</source>
        <translation>Tamaño propio</translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation>Anchura en píxeles</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Altura en píxeles</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>Crear</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Transparent</source>
        <translation>Transparente</translation>
    </message>
    <message>
        <source>White</source>
        <translation>Blanco</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>Color</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>Fondo</translation>
    </message>
    <message>
        <source>Background colour</source>
        <translation>Color de fondo</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>Anchura</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>Altura</translation>
    </message>
    <message>
        <source>A4, 300 dpi: {size}</source>
        <translation>A4, 300 ppp: {size}</translation>
    </message>
</context>
<context>
    <name>DocumentNames</name>
    <message>
        <source>Not saved, {time}</source>
        <translation>Sin guardar, {time}</translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation>Sin título</translation>
    </message>
</context>
<context>
    <name>DocumentFiles</name>
    <message>
        <source>Opening {name}</source>
        <translation>Abriendo {name}</translation>
    </message>
    <message>
        <source>Saving {name}</source>
        <translation>Guardando {name}</translation>
    </message>
    <message>
        <source>{name} is saved.</source>
        <translation>{name} está guardado.</translation>
    </message>
</context>
<context>
    <name>FileNotes</name>
    <message>
        <source>A newer Lienzo saved this file. Its layers are here; masks and recipes are not. Save it under another name.</source>
        <translation>Este archivo lo guardó una versión más reciente de Lienzo. Sus capas están aquí; las máscaras y las recetas, no. Guárdalo con otro nombre.</translation>
    </message>
    <message>
        <source>What Lienzo keeps in this file is damaged. Its layers are here; masks and recipes are not. Save it under another name.</source>
        <translation>Lo que Lienzo guarda en este archivo está dañado. Sus capas están aquí; las máscaras y las recetas, no. Guárdalo con otro nombre.</translation>
    </message>
    <message>
        <source>Another program saved this file since. Its layers are as that program left them.</source>
        <translation>Otro programa ha guardado este archivo después. Sus capas están como las dejó ese programa.</translation>
    </message>
    <message>
        <source>A layer blends in a way that only another program knows. It is shown as normal, and written again as it was.</source>
        <translation>Una capa se mezcla de un modo que solo conoce otro programa. Se muestra como normal y se vuelve a guardar como estaba.</translation>
    </message>
    <message>
        <source>PSD has no blend mode like that of one of the layers; there it is normal.</source>
        <translation>PSD no tiene el modo de fusión de una de las capas; allí será normal.</translation>
    </message>
    <message>
        <source>A layer is no pixels but vectors or text, which cannot be shown. Save it under another name to keep it.</source>
        <translation>Una capa no son píxeles sino vectores o texto, que no se pueden mostrar. Guarda con otro nombre para conservarla.</translation>
    </message>
    <message>
        <source>How one of the results was made could not be read.</source>
        <translation>No se pudo leer cómo se hizo uno de los resultados.</translation>
    </message>
    <message>
        <source>Of the animation the first picture was taken.</source>
        <translation>De la animación se ha tomado la primera imagen.</translation>
    </message>
    <message>
        <source>Of the pages the first one was taken.</source>
        <translation>De las páginas se ha tomado la primera.</translation>
    </message>
    <message>
        <source>The colour profile is damaged; the picture is read as sRGB.</source>
        <translation>El perfil de color está dañado; la imagen se lee como sRGB.</translation>
    </message>
    <message>
        <source>The picture is CMYK without a colour profile: its colours are a guess.</source>
        <translation>La imagen es CMYK sin perfil de color: sus colores son aproximados.</translation>
    </message>
</context>
<context>
    <name>LongWorkLine</name>
    <message>
        <source>Cancel this work</source>
        <translation>Cancelar este trabajo</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
</context>
<context>
    <name>FileWork</name>
    <message numerus="yes">
        <source>%n picture(s) moved to the trash.</source>
        <translation>
            <numerusform>%n imagen movida a la papelera.</numerusform>
            <numerusform>%n imágenes movidas a la papelera.</numerusform>
        </translation>
    </message>
    <message>
        <source>Move to the trash</source>
        <translation>Mover a la papelera</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Cambiar el nombre</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Mover</translation>
    </message>
</context>
<context>
    <name>ModelKinds</name>
    <message>
        <source>A pickle, which can run code. Convert it: only its weights come out.</source>
        <translation>Un pickle, que puede ejecutar código. Conviértelo: de él solo salen los pesos.</translation>
    </message>
    <message>
        <source>Checkpoint</source>
        <translation>Modelo completo</translation>
    </message>
    <message>
        <source>Network alone</source>
        <translation>Solo la red</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>ControlNet</source>
        <translation>ControlNet</translation>
    </message>
    <message>
        <source>T2I-Adapter</source>
        <translation>T2I-Adapter</translation>
    </message>
    <message>
        <source>IP-Adapter</source>
        <translation>IP-Adapter</translation>
    </message>
    <message>
        <source>VAE</source>
        <translation>VAE</translation>
    </message>
    <message>
        <source>Tiny VAE</source>
        <translation>VAE mínimo</translation>
    </message>
    <message>
        <source>Text encoder</source>
        <translation>Codificador de texto</translation>
    </message>
    <message>
        <source>Image encoder</source>
        <translation>Codificador de imagen</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>Palabra aprendida</translation>
    </message>
    <message>
        <source>Upscaler</source>
        <translation>Ampliador</translation>
    </message>
    <message>
        <source>Segmenter</source>
        <translation>Segmentador</translation>
    </message>
    <message>
        <source>Motion module</source>
        <translation>Módulo de movimiento</translation>
    </message>
    <message>
        <source>Not recognised</source>
        <translation>No reconocido</translation>
    </message>
    <message>
        <source>Cannot be used</source>
        <translation>No se puede usar</translation>
    </message>
    <message>
        <source>Network that sees</source>
        <translation>Red que ve</translation>
    </message>
    <message>
        <source>stage I, 64 pixels</source>
        <translation>etapa I, 64 píxeles</translation>
    </message>
    <message>
        <source>stages I and II</source>
        <translation>etapas I y II</translation>
    </message>
    <message>
        <source>stage II</source>
        <translation>etapa II</translation>
    </message>
    <message>
        <source>colours and depth</source>
        <translation>colores y profundidad</translation>
    </message>
    <message>
        <source>pictures in boxes</source>
        <translation>imágenes en recuadros</translation>
    </message>
    <message>
        <source>Searches pictures</source>
        <translation>Busca imágenes</translation>
    </message>
    <message>
        <source>depth</source>
        <translation>profundidad</translation>
    </message>
    <message>
        <source>what is where</source>
        <translation>qué hay dónde</translation>
    </message>
    <message>
        <source>pose</source>
        <translation>postura</translation>
    </message>
    <message>
        <source>finds people</source>
        <translation>encuentra personas</translation>
    </message>
    <message>
        <source>classes</source>
        <translation>por clases</translation>
    </message>
    <message>
        <source>without words</source>
        <translation>sin palabras</translation>
    </message>
    <message>
        <source>instructions</source>
        <translation>instrucciones</translation>
    </message>
    <message>
        <source>inpainting</source>
        <translation>rellena zonas</translation>
    </message>
    <message>
        <source>distilled</source>
        <translation>destilado</translation>
    </message>
    <message>
        <source>v-prediction</source>
        <translation>predicción v</translation>
    </message>
</context>
<context>
    <name>ModelFileItemModel</name>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Precisión</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
</context>
<context>
    <name>ModelDetails</name>
    <message>
        <source>Choose a file to see what it is and why.</source>
        <translation>Elige un archivo para ver qué es y por qué.</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vista previa</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Usar</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>Convertir</translation>
    </message>
    <message>
        <source>Make safetensors of it, in a process without network; the old file stays</source>
        <translation>Hacer de él un safetensors, en un proceso sin red; el archivo viejo se queda</translation>
    </message>
    <message>
        <source>Show in its folder</source>
        <translation>Mostrar en su carpeta</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <source>With</source>
        <translation>Con</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Palabras</translation>
    </message>
    <message>
        <source>Made for</source>
        <translation>Hecho para</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Licencia</translation>
    </message>
    <message>
        <source>it does not say</source>
        <translation>no lo dice</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Formato</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parámetros</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rango</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Sobre él</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Por qué</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Ruta</translation>
    </message>
    <message>
        <source>A network alone. Lienzo runs it when its VAE, text encoders and tokenizer are among your models, if it knows the family.</source>
        <translation>Una red sola. Lienzo la usa cuando su VAE, sus codificadores de texto y su tokenizador están entre tus modelos, si conoce la familia.</translation>
    </message>
    <message>
        <source>Lienzo cannot run {family} files of this kind yet.</source>
        <translation>Lienzo aún no puede usar archivos de {family} de esta clase.</translation>
    </message>
    <message>
        <source>It is for another model than the one that is chosen now.</source>
        <translation>Es para otro modelo que el elegido ahora.</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Detalle</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Search by name, folder or word</source>
        <translation>Buscar por nombre, carpeta o palabra</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>Buscar modelos</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Clase</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Carpetas</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Mirar otra vez</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Parar</translation>
    </message>
    <message>
        <source>Only the starter, which came with Lienzo. Add the folder in which your models lie, also another program&apos;s.</source>
        <translation>Solo está Starter, el modelo que vino con Lienzo. Añade la carpeta donde están los tuyos, también la de otro programa.</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Todas las clases</translation>
    </message>
    <message>
        <source>For all</source>
        <translation>Para todos</translation>
    </message>
    <message>
        <source>{done} of {total} looked at</source>
        <translation>{done} de {total} mirados</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n archivo</numerusform>
            <numerusform>%n archivos</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} shown</source>
        <translation>{count} a la vista</translation>
    </message>
    <message numerus="yes">
        <source>%n cannot be used</source>
        <translation>
            <numerusform>%n no se puede usar</numerusform>
            <numerusform>%n no se pueden usar</numerusform>
        </translation>
    </message>
    <message>
        <source>Get a model</source>
        <translation>Obtener un modelo</translation>
    </message>
    <message>
        <source>Stopped before all was looked at; looking again goes on from there</source>
        <translation>Parado antes de mirarlo todo; al mirar otra vez sigue desde ahí</translation>
    </message>
</context>
<context>
    <name>GetModelDialog</name>
    <message>
        <source>Get a model</source>
        <translation>Obtener un modelo</translation>
    </message>
    <message>
        <source>Only here does Lienzo use the network, and only when you press a button.</source>
        <translation>Solo aquí usa Lienzo la red, y solo cuando pulsas un botón.</translation>
    </message>
    <message>
        <source>Free models</source>
        <translation>Modelos libres</translation>
    </message>
    <message>
        <source>owner/name on Hugging Face, or an https address</source>
        <translation>dueño/nombre en Hugging Face, o una dirección https</translation>
    </message>
    <message>
        <source>Which model</source>
        <translation>Qué modelo</translation>
    </message>
    <message>
        <source>Ask what it is</source>
        <translation>Preguntar qué es</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>Traer</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>What has come is kept: Fetch goes on from there.</source>
        <translation>Lo que ha llegado se conserva: Traer sigue desde ahí.</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} de {total}</translation>
    </message>
    <message>
        <source>Cancelled; {amount} are kept, and Fetch goes on from there.</source>
        <translation>Cancelado; {amount} quedan guardados, y Traer sigue desde ahí.</translation>
    </message>
    <message>
        <source>about {gigabytes} GB, licence {licence}</source>
        <translation>unos {gigabytes} GB, licencia {licence}</translation>
    </message>
    <message>
        <source>not said</source>
        <translation>no se dice</translation>
    </message>
    <message>
        <source>not said; look there before you use it</source>
        <translation>no se dice; mira allí antes de usarlo</translation>
    </message>
    <message>
        <source>{title}
Licence: {licence} ({where})
Size: {size}
Into: {folder}</source>
        <translation>{title}
Licencia: {licence} ({where})
Tamaño: {size}
En: {folder}</translation>
    </message>
    <message>
        <source>It is here: {path}</source>
        <translation>Está aquí: {path}</translation>
    </message>
</context>
<context>
    <name>MapRow</name>
    <message>
        <source>The people that were seen become figures, whose joints you drag</source>
        <translation>Las personas vistas se vuelven figuras, cuyas articulaciones arrastras</translation>
    </message>
    <message>
        <source>Change the pose</source>
        <translation>Cambiar la postura</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>Detalle</translation>
    </message>
    <message>
        <source>Follow the map: {kind}</source>
        <translation>Seguir el mapa: {kind}</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>From step</source>
        <translation>Desde el paso</translation>
    </message>
    <message>
        <source>From which share of the steps on</source>
        <translation>Desde qué parte de los pasos</translation>
    </message>
    <message>
        <source>How closely to follow</source>
        <translation>Con qué fidelidad seguirlo</translation>
    </message>
    <message>
        <source>Paint</source>
        <translation>Pintar</translation>
    </message>
    <message>
        <source>Paint the map: {kind}</source>
        <translation>Pintar el mapa: {kind}</translation>
    </message>
    <message>
        <source>Paint what</source>
        <translation>Qué pintar</translation>
    </message>
    <message>
        <source>Remove the map: {kind}</source>
        <translation>Quitar el mapa: {kind}</translation>
    </message>
    <message>
        <source>Show {kind} over the canvas</source>
        <translation>Mostrar sobre el lienzo: {kind}</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Hasta</translation>
    </message>
    <message>
        <source>To step</source>
        <translation>Hasta el paso</translation>
    </message>
    <message>
        <source>Up to which share of the steps</source>
        <translation>Hasta qué parte de los pasos</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Peso</translation>
    </message>
    <message>
        <source>What reads the map: {kind}</source>
        <translation>Qué lee el mapa: {kind}</translation>
    </message>
    <message>
        <source>What the map looks like: {kind}</source>
        <translation>Cómo es el mapa: {kind}</translation>
    </message>
    <message>
        <source>When and how finely</source>
        <translation>Cuándo y con qué detalle</translation>
    </message>
    <message>
        <source>Where the map comes from: {kind}</source>
        <translation>De dónde sale el mapa: {kind}</translation>
    </message>
    <message>
        <source>What draws the map: {kind}</source>
        <translation>Qué dibuja el mapa: {kind}</translation>
    </message>
    <message>
        <source>Drawn without a network</source>
        <translation>Dibujado sin red</translation>
    </message>
    <message>
        <source>By {name}</source>
        <translation>Por {name}</translation>
    </message>
</context>
<context>
    <name>MapPeople</name>
    <message>
        <source>Add a person</source>
        <translation>Añadir una persona</translation>
    </message>
    <message>
        <source>Mirror the last person</source>
        <translation>Reflejar la última persona</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Persona</translation>
    </message>
    <message>
        <source>Pose</source>
        <translation>Postura</translation>
    </message>
    <message>
        <source>Pose the figures</source>
        <translation>Colocar las figuras</translation>
    </message>
    <message>
        <source>Take the last person away</source>
        <translation>Quitar la última persona</translation>
    </message>
</context>
<context>
    <name>MapSourceChoice</name>
    <message>
        <source>Posed figures</source>
        <translation>Figuras en postura</translation>
    </message>
    <message>
        <source>A file that is a map…</source>
        <translation>Un archivo que ya es un mapa…</translation>
    </message>
    <message>
        <source>A layer that is gone</source>
        <translation>Una capa que ya no está</translation>
    </message>
    <message>
        <source>From a picture file…</source>
        <translation>De un archivo de imagen…</translation>
    </message>
    <message>
        <source>From the layer “{name}”</source>
        <translation>De la capa «{name}»</translation>
    </message>
    <message>
        <source>From what one sees</source>
        <translation>De lo que se ve</translation>
    </message>
    <message>
        <source>Painted by hand</source>
        <translation>Pintado a mano</translation>
    </message>
</context>
<context>
    <name>MapNote</name>
    <message>
        <source>{name} sees nobody here.</source>
        <translation>{name} no ve a nadie aquí.</translation>
    </message>
    <message>
        <source>Stop looking</source>
        <translation>Dejar de mirar</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Mirar</translation>
    </message>
    <message>
        <source>Let the network look</source>
        <translation>Que la red mire</translation>
    </message>
    <message>
        <source>{name} was stopped.</source>
        <translation>{name} se ha parado.</translation>
    </message>
    <message>
        <source>{name} looks when the engine is done.</source>
        <translation>{name} mirará cuando el motor acabe.</translation>
    </message>
    <message>
        <source>{name} is looking…</source>
        <translation>{name} está mirando…</translation>
    </message>
    <message>
        <source>Guessed from colours and places, without a network. Painted by hand it is exact.</source>
        <translation>Adivinado por colores y posiciones, sin una red. Pintado a mano es exacto.</translation>
    </message>
    <message>
        <source>Made of the picture and what you paint over, by itself.</source>
        <translation>Se hace solo, de la imagen y de lo que tapas pintando.</translation>
    </message>
    <message>
        <source>No ControlNet for this kind of map is here for this model.</source>
        <translation>No hay ningún ControlNet para esta clase de mapa y este modelo.</translation>
    </message>
    <message>
        <source>This network is not here; the map cannot be drawn.</source>
        <translation>Esta red no está aquí; el mapa no se puede dibujar.</translation>
    </message>
    <message>
        <source>Of {count} steps none lies between From and To: the map changes nothing.</source>
        <translation>De {count} pasos ninguno cae entre Desde y Hasta: el mapa no cambia nada.</translation>
    </message>
</context>
<context>
    <name>MapWork</name>
    <message>
        <source>A file that is a map</source>
        <translation>Un archivo que es un mapa</translation>
    </message>
    <message>
        <source>A picture for the map</source>
        <translation>Una imagen para el mapa</translation>
    </message>
    <message>
        <source>Map: {kind}</source>
        <translation>Mapa: {kind}</translation>
    </message>
    <message>
        <source>Paint the map. What is not painted is black; the map is no part of the picture.</source>
        <translation>Pinta el mapa. Lo que no se pinta es negro; el mapa no forma parte de la imagen.</translation>
    </message>
    <message>
        <source>Paint the map: the lighter, the nearer; far is black. It is no part of the picture.</source>
        <translation>Pinta el mapa: cuanto más claro, más cerca; lo lejano es negro. No forma parte de la imagen.</translation>
    </message>
</context>
<context>
    <name>Maps</name>
    <message>
        <source>A colour for each kind of thing</source>
        <translation>Un color para cada clase de cosa</translation>
    </message>
    <message>
        <source>A few thick strokes, white on black</source>
        <translation>Pocos trazos gruesos, blanco sobre negro</translation>
    </message>
    <message>
        <source>Canny edges</source>
        <translation>Bordes de Canny</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Colores</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>Profundidad</translation>
    </message>
    <message>
        <source>Edges with soft flanks, white on black</source>
        <translation>Bordes difuminados, blanco sobre negro</translation>
    </message>
    <message>
        <source>Fine edges, white on black</source>
        <translation>Bordes finos, blanco sobre negro</translation>
    </message>
    <message>
        <source>How light it is where</source>
        <translation>Cuánta luz hay en cada sitio</translation>
    </message>
    <message>
        <source>How near: black is far, white is near</source>
        <translation>Cercanía: negro es lejos, blanco es cerca</translation>
    </message>
    <message>
        <source>Light and dark</source>
        <translation>Claro y oscuro</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Líneas</translation>
    </message>
    <message>
        <source>Normals</source>
        <translation>Normales</translation>
    </message>
    <message>
        <source>Outlines, white on black</source>
        <translation>Contornos, blanco sobre negro</translation>
    </message>
    <message>
        <source>Picture (tile)</source>
        <translation>Imagen (tile)</translation>
    </message>
    <message>
        <source>Picture to change</source>
        <translation>Imagen que cambiar</translation>
    </message>
    <message>
        <source>Mask (inpaint)</source>
        <translation>Máscara (inpaint)</translation>
    </message>
    <message>
        <source>The picture without what you paint over, for ControlNets that paint it anew</source>
        <translation>La imagen sin lo que tapas pintando, para ControlNets que lo pintan de nuevo</translation>
    </message>
    <message>
        <source>Pose</source>
        <translation>Postura</translation>
    </message>
    <message>
        <source>Scribble</source>
        <translation>Garabato</translation>
    </message>
    <message>
        <source>Soft edges</source>
        <translation>Bordes suaves</translation>
    </message>
    <message>
        <source>Stick figures that one can pose</source>
        <translation>Figuras de palos que se pueden colocar</translation>
    </message>
    <message>
        <source>The picture itself; the prompt says what to change in it: make it snow, add a dog</source>
        <translation>La propia imagen; la petición dice qué cambiar en ella: haz que nieve, añade un perro</translation>
    </message>
    <message>
        <source>The picture itself, its fine detail drawn anew</source>
        <translation>La propia imagen, con el detalle fino dibujado de nuevo</translation>
    </message>
    <message>
        <source>What is where</source>
        <translation>Qué hay dónde</translation>
    </message>
    <message>
        <source>Which colours are where, in large blocks</source>
        <translation>Qué colores hay dónde, en bloques grandes</translation>
    </message>
    <message>
        <source>Which way surfaces turn</source>
        <translation>Hacia dónde miran las superficies</translation>
    </message>
</context>
<context>
    <name>MapsPanel</name>
    <message>
        <source>Add a map</source>
        <translation>Añadir un mapa</translation>
    </message>
    <message>
        <source>This model draws after a map: add one.</source>
        <translation>Este modelo dibuja siguiendo un mapa: añade uno.</translation>
    </message>
    <message>
        <source>Lines, depth or a pose for the picture to follow.</source>
        <translation>Líneas, profundidad o una postura que la imagen sigue.</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Mapa</translation>
    </message>
    <message>
        <source>Map: {kind}</source>
        <translation>Mapa: {kind}</translation>
    </message>
    <message>
        <source>No ControlNet for this kind of map is here for this model.</source>
        <translation>No hay ningún ControlNet para esta clase de mapa y este modelo.</translation>
    </message>
    <message>
        <source>No ControlNet for this model is in the model folders.</source>
        <translation>No hay ningún ControlNet para este modelo en las carpetas de modelos.</translation>
    </message>
    <message>
        <source>This model cannot follow maps.</source>
        <translation>Este modelo no puede seguir mapas.</translation>
    </message>
    <message>
        <source>The model folders are being looked at.</source>
        <translation>Se están mirando las carpetas de modelos.</translation>
    </message>
</context>
<context>
    <name>FacetColumn</name>
    <message>
        <source>chosen</source>
        <translation>elegido</translation>
    </message>
    <message>
        <source>Narrow the search</source>
        <translation>Acotar la búsqueda</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Carpetas</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>Añadir una carpeta…</translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n más</numerusform>
            <numerusform>%n más</numerusform>
        </translation>
    </message>
    <message>
        <source>Boards</source>
        <translation>Tableros</translation>
    </message>
    <message>
        <source>Saved searches</source>
        <translation>Búsquedas guardadas</translation>
    </message>
    <message>
        <source>{name}, {count} pictures</source>
        <translation>{name}, {count} imágenes</translation>
    </message>
    <message>
        <source>New board…</source>
        <translation>Nuevo tablero…</translation>
    </message>
</context>
<context>
    <name>Gallery</name>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n paso</numerusform>
            <numerusform>%n pasos</numerusform>
        </translation>
    </message>
    <message>
        <source>The file is missing</source>
        <translation>Falta el archivo</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>semilla {seed}</translation>
    </message>
    <message>
        <source>guidance {value}</source>
        <translation>guía {value}</translation>
    </message>
    <message>
        <source>cannot be shown</source>
        <translation>no se puede mostrar</translation>
    </message>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n estrella</numerusform>
            <numerusform>%n estrellas</numerusform>
        </translation>
    </message>
    <message>
        <source>Red</source>
        <translation>Rojo</translation>
    </message>
    <message>
        <source>Yellow</source>
        <translation>Amarillo</translation>
    </message>
    <message>
        <source>Green</source>
        <translation>Verde</translation>
    </message>
    <message>
        <source>Blue</source>
        <translation>Azul</translation>
    </message>
    <message>
        <source>Purple</source>
        <translation>Morado</translation>
    </message>
    <message>
        <source>Rating</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Color</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Fecha</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Muestreador</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familia</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Etiqueta</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>From words</source>
        <translation>De palabras</translation>
    </message>
    <message>
        <source>From a picture</source>
        <translation>De otra imagen</translation>
    </message>
    <message>
        <source>Edited</source>
        <translation>Editada</translation>
    </message>
    <message>
        <source>Enlarged</source>
        <translation>Ampliada</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>Hoja</translation>
    </message>
    <message>
        <source>Not generated</source>
        <translation>No generada</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>Más nuevas primero</translation>
    </message>
    <message>
        <source>Oldest first</source>
        <translation>Más antiguas primero</translation>
    </message>
    <message>
        <source>Best first</source>
        <translation>Mejores primero</translation>
    </message>
    <message>
        <source>By file name</source>
        <translation>Por nombre de archivo</translation>
    </message>
    <message>
        <source>By model</source>
        <translation>Por modelo</translation>
    </message>
    <message>
        <source>By prompt</source>
        <translation>Por prompt</translation>
    </message>
    <message>
        <source>Largest first</source>
        <translation>Más grandes primero</translation>
    </message>
    <message>
        <source>By seed</source>
        <translation>Por semilla</translation>
    </message>
    <message>
        <source>No groups</source>
        <translation>Sin grupos</translation>
    </message>
    <message>
        <source>Groups by day</source>
        <translation>Grupos por día</translation>
    </message>
    <message>
        <source>Groups by model</source>
        <translation>Grupos por modelo</translation>
    </message>
    <message>
        <source>Groups by prompt</source>
        <translation>Grupos por prompt</translation>
    </message>
    <message>
        <source>There is no “{value}:” to search by. Did you mean “{near}:”?</source>
        <translation>No se puede buscar por «{value}:». ¿Querías decir «{near}:»?</translation>
    </message>
    <message>
        <source>There is no “{value}:” to search by. Put words with a colon in quotes.</source>
        <translation>No se puede buscar por «{value}:». Pon entre comillas las palabras con dos puntos.</translation>
    </message>
    <message>
        <source>“{value}” is no number: write 4, &gt;=4 or 2..4.</source>
        <translation>«{value}» no es un número: escribe 4, &gt;=4 o 2..4.</translation>
    </message>
    <message>
        <source>“{value}” is no date: write 2026-11, today or 7d.</source>
        <translation>«{value}» no es una fecha: escribe 2026-11, hoy o 7d.</translation>
    </message>
    <message>
        <source>“{value}” is no size: write 512x768.</source>
        <translation>«{value}» no es un tamaño: escribe 512x768.</translation>
    </message>
    <message>
        <source>“{value}” is not known there.</source>
        <translation>«{value}» no se conoce ahí.</translation>
    </message>
    <message>
        <source>Something is missing after the colon.</source>
        <translation>Falta algo después de los dos puntos.</translation>
    </message>
    <message>
        <source>The search is too long.</source>
        <translation>La búsqueda es demasiado larga.</translation>
    </message>
    <message>
        <source>without stars</source>
        <translation>sin estrellas</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ayer</translation>
    </message>
    <message>
        <source>The file of this picture is missing.</source>
        <translation>Falta el archivo de esta imagen.</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Sin modelo</translation>
    </message>
    <message>
        <source>No prompt</source>
        <translation>Sin prompt</translation>
    </message>
    <message>
        <source>Alike, group {number}</source>
        <translation>Parecidas, grupo {number}</translation>
    </message>
    <message>
        <source>Forget the search</source>
        <translation>Olvidar la búsqueda</translation>
    </message>
    <message>
        <source>Rename the search</source>
        <translation>Cambiar el nombre de la búsqueda</translation>
    </message>
</context>
<context>
    <name>MarksPanel</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n estrella</numerusform>
            <numerusform>%n estrellas</numerusform>
        </translation>
    </message>
    <message>
        <source>Favourite</source>
        <translation>Favorita</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Etiquetas</translation>
    </message>
    <message>
        <source>Tags, with commas between</source>
        <translation>Etiquetas, con comas</translation>
    </message>
    <message>
        <source>Boards</source>
        <translation>Tableros</translation>
    </message>
    <message>
        <source>Boards, with commas between</source>
        <translation>Tableros, con comas</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
    </message>
    <message>
        <source>Nothing is picked</source>
        <translation>No hay nada elegido</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) are picked</source>
        <translation>
            <numerusform>%n imagen elegida</numerusform>
            <numerusform>%n imágenes elegidas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GalleryPage</name>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Añadir una carpeta</translation>
    </message>
    <message>
        <source>No picture is like that.</source>
        <translation>Ninguna imagen es así.</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Mostrar todas</translation>
    </message>
    <message>
        <source>Looking for pictures…</source>
        <translation>Buscando imágenes…</translation>
    </message>
    <message>
        <source>Pictures that you make come here by themselves; others stay where they are.</source>
        <translation>Las imágenes que haces llegan aquí solas; las demás se quedan donde están.</translation>
    </message>
    <message>
        <source>the dropped picture</source>
        <translation>la imagen soltada</translation>
    </message>
</context>
<context>
    <name>SearchBar</name>
    <message>
        <source>Search the pictures</source>
        <translation>Buscar entre las imágenes</translation>
    </message>
    <message>
        <source>Words of the prompt, or model:sdxl  rating:&gt;=4  -beagle</source>
        <translation>Palabras del prompt, o modelo:sdxl  valoración:&gt;=4  -beagle</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Orden</translation>
    </message>
    <message>
        <source>Groups</source>
        <translation>Grupos</translation>
    </message>
    <message>
        <source>Gather pictures of one recipe in stacks</source>
        <translation>Juntar en pilas las imágenes de una misma receta</translation>
    </message>
    <message>
        <source>Rows: each picture in its own shape</source>
        <translation>Filas: cada imagen con su propia forma</translation>
    </message>
    <message>
        <source>Squares</source>
        <translation>Cuadrados</translation>
    </message>
    <message>
        <source>Save this search</source>
        <translation>Guardar esta búsqueda</translation>
    </message>
    <message>
        <source>Size of the pictures</source>
        <translation>Tamaño de las imágenes</translation>
    </message>
    <message>
        <source>Size of the pictures (Ctrl+wheel)</source>
        <translation>Tamaño de las imágenes (Ctrl+rueda)</translation>
    </message>
    <message>
        <source>Show other pictures again</source>
        <translation>Volver a mostrar otras imágenes</translation>
    </message>
    <message>
        <source>Near-duplicates</source>
        <translation>Casi duplicadas</translation>
    </message>
    <message>
        <source>Like {name}</source>
        <translation>Como {name}</translation>
    </message>
    <message>
        <source>Search by meaning: also what says it in other words</source>
        <translation>Buscar por el significado: también lo que lo dice con otras palabras</translation>
    </message>
</context>
<context>
    <name>Folders</name>
    <message>
        <source>{folder} does not answer. Its pictures stay as they were; it is tried again.</source>
        <translation>{folder} no responde. Sus imágenes quedan como estaban; se vuelve a intentar.</translation>
    </message>
</context>
<context>
    <name>SeesChoice</name>
    <message>
        <source>What sees the pictures</source>
        <translation>Lo que ve las imágenes</translation>
    </message>
    <message>
        <source>The network of yours that sees what pictures show</source>
        <translation>La red tuya que ve lo que muestran las imágenes</translation>
    </message>
    <message>
        <source>No network: prompts alone</source>
        <translation>Ninguna red: solo los prompts</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n imagen</numerusform>
            <numerusform>%n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>Looking at the folders</source>
        <translation>Mirando las carpetas</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Parar</translation>
    </message>
    <message>
        <source>Stop looking at the folders</source>
        <translation>Dejar de mirar las carpetas</translation>
    </message>
    <message numerus="yes">
        <source>%n picked</source>
        <translation>
            <numerusform>%n elegida</numerusform>
            <numerusform>%n elegidas</numerusform>
        </translation>
    </message>
    <message>
        <source>{read} of {total}</source>
        <translation>{read} de {total}</translation>
    </message>
    <message>
        <source>Looked at {done} of {total}</source>
        <translation>Vistas {done} de {total}</translation>
    </message>
    <message>
        <source>Getting ready…</source>
        <translation>Preparando…</translation>
    </message>
</context>
<context>
    <name>GalleryWork</name>
    <message>
        <source>Move to which folder?</source>
        <translation>¿A qué carpeta se mueven?</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) are on the clipboard.</source>
        <translation>
            <numerusform>%n imagen está en el portapapeles.</numerusform>
            <numerusform>%n imágenes están en el portapapeles.</numerusform>
        </translation>
    </message>
    <message>
        <source>Add a folder of pictures; they stay where they are</source>
        <translation>Añade una carpeta de imágenes; se quedan donde están</translation>
    </message>
    <message>
        <source>Save this search</source>
        <translation>Guardar esta búsqueda</translation>
    </message>
    <message>
        <source>Name of the search</source>
        <translation>Nombre de la búsqueda</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Cambiar el nombre</translation>
    </message>
    <message>
        <source>Name of the file</source>
        <translation>Nombre del archivo</translation>
    </message>
    <message>
        <source>Look at it again</source>
        <translation>Volver a mirarla</translation>
    </message>
    <message>
        <source>Take it out of the gallery (its files stay)</source>
        <translation>Quitarla de la galería (sus archivos se quedan)</translation>
    </message>
    <message>
        <source>Put the picked pictures on it</source>
        <translation>Poner en él las imágenes elegidas</translation>
    </message>
    <message>
        <source>Take the picked pictures off it</source>
        <translation>Quitar de él las imágenes elegidas</translation>
    </message>
    <message>
        <source>Forget this search</source>
        <translation>Olvidar esta búsqueda</translation>
    </message>
    <message>
        <source>Delete the board (its pictures stay)</source>
        <translation>Eliminar el tablero (sus imágenes se quedan)</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Cambiar nombre…</translation>
    </message>
    <message>
        <source>New board</source>
        <translation>Nuevo tablero</translation>
    </message>
    <message>
        <source>Name of the board</source>
        <translation>Nombre del tablero</translation>
    </message>
</context>
<context>
    <name>Marking</name>
    <message>
        <source>Rating</source>
        <translation>Valoración</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Color</translation>
    </message>
    <message>
        <source>Favourite</source>
        <translation>Favorita</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Etiquetas</translation>
    </message>
    <message>
        <source>Boards</source>
        <translation>Tableros</translation>
    </message>
</context>
<context>
    <name>Reasons</name>
    <message>
        <source>{0} names {1}, a pipeline that is not in the table; parts with weights: {2}</source>
        <translation>{0} nombra {1}, una tubería que no está en la tabla; partes con pesos: {2}</translation>
    </message>
    <message>
        <source>{0}: Lienzo cannot draw with it, because {1}</source>
        <translation>{0}: Lienzo no puede dibujar con él, porque {1}</translation>
    </message>
    <message>
        <source>it has no {0}</source>
        <translation>no tiene {0}</translation>
    </message>
    <message>
        <source>it has {0}</source>
        <translation>tiene {0}</translation>
    </message>
    <message>
        <source>{0} is {1}</source>
        <translation>{0} es {1}</translation>
    </message>
    <message>
        <source>{0} reads {1} numbers</source>
        <translation>{0} lee {1} números</translation>
    </message>
    <message>
        <source>{0} is among its layers</source>
        <translation>{0} está entre sus capas</translation>
    </message>
    <message>
        <source>its VAE and text encoder are in the file</source>
        <translation>su VAE y su codificador de texto están en el archivo</translation>
    </message>
    <message>
        <source>its VAE and text encoder are not in the file</source>
        <translation>su VAE y su codificador de texto no están en el archivo</translation>
    </message>
    <message>
        <source>its VAE is not in the file</source>
        <translation>su VAE no está en el archivo</translation>
    </message>
    <message>
        <source>its text encoder is not in the file</source>
        <translation>su codificador de texto no está en el archivo</translation>
    </message>
    <message>
        <source>its name says {0}; tensors alone cannot tell</source>
        <translation>su nombre dice {0}; los tensores solos no lo dicen</translation>
    </message>
    <message>
        <source>its makers say: {0}</source>
        <translation>sus autores dicen: {0}</translation>
    </message>
    <message>
        <source>{0} names {1}; parts with weights: {2}</source>
        <translation>{0} nombra {1}; partes con pesos: {2}</translation>
    </message>
</context>
<context>
    <name>BoardWork</name>
    <message>
        <source>New board</source>
        <translation>Nuevo tablero</translation>
    </message>
    <message>
        <source>Rename the board</source>
        <translation>Cambiar el nombre del tablero</translation>
    </message>
    <message>
        <source>Delete the board</source>
        <translation>Eliminar el tablero</translation>
    </message>
</context>
<context>
    <name>MapLooking</name>
    <message>
        <source>{name} is looking</source>
        <translation>{name} está mirando</translation>
    </message>
</context>
<context>
    <name>Segmenting</name>
    <message>
        <source>Looking for the thing</source>
        <translation>Buscando la cosa</translation>
    </message>
</context>
<context>
    <name>MaskItemModel</name>
    <message>
        <source>{name}  ·  every picture</source>
        <translation>{name}  ·  todas las imágenes</translation>
    </message>
</context>
<context>
    <name>SharedMasks</name>
    <message>
        <source>“{name}” is no longer on the shelf of every picture.</source>
        <translation>«{name}» ya no está en el estante de todas las imágenes.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
</context>
<context>
    <name>EnlargeDialog</name>
    <message>
        <source>Enlarge</source>
        <translation>Agrandar</translation>
    </message>
    <message>
        <source>How many times larger</source>
        <translation>Cuántas veces más grande</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Red</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>Dejarla</translation>
    </message>
    <message>
        <source>Draw new detail</source>
        <translation>Dibujar detalle nuevo</translation>
    </message>
    <message>
        <source>Refine</source>
        <translation>Refinar</translation>
    </message>
    <message>
        <source>How much may change</source>
        <translation>Cuánto puede cambiar</translation>
    </message>
    <message>
        <source>Lanczos: a filter that invents nothing</source>
        <translation>Lanczos: un filtro que no inventa nada</translation>
    </message>
    <message>
        <source>{old} becomes {new}.</source>
        <translation>De {old} a {new}.</translation>
    </message>
    <message>
        <source>{model} draws detail over it, tile by tile, guided by the picture's prompt.</source>
        <translation>{model} dibuja detalle encima, mosaico a mosaico, según el prompt de la imagen.</translation>
    </message>
    <message>
        <source>No network is chosen: it becomes larger and no sharper.</source>
        <translation>No hay ninguna red elegida: será más grande, pero no más nítida.</translation>
    </message>
    <message>
        <source>The present model cannot refine.</source>
        <translation>El modelo actual no puede refinar.</translation>
    </message>
    <message>
        <source>What the picture shows</source>
        <translation>Qué muestra la imagen</translation>
    </message>
    <message>
        <source>What the picture shows; else as it says itself</source>
        <translation>Qué muestra la imagen; si no, lo que ella dice</translation>
    </message>
    <message>
        <source>How far it is drawn anew</source>
        <translation>Cuánto se dibuja de nuevo</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
    <message>
        <source>Shows</source>
        <translation>Muestra</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>Ruido</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Escala</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Cambio</translation>
    </message>
    <message numerus="yes">
        <source>Enlarge %n picture(s)</source>
        <translation>
            <numerusform>Agrandar %n imagen</numerusform>
            <numerusform>Agrandar %n imágenes</numerusform>
        </translation>
    </message>
    <message>
        <source>That is too large: this picture becomes at most {scale} times as large.</source>
        <translation>Es demasiado: esta imagen puede ser como mucho {scale} veces más grande.</translation>
    </message>
</context>
<context>
    <name>Enlarging</name>
    <message>
        <source>The enlarged canvas is in the library as {name}.</source>
        <translation>El lienzo agrandado está en la biblioteca como {name}.</translation>
    </message>
    <message>
        <source>Open it as a document</source>
        <translation>Abrirlo como documento</translation>
    </message>
</context>
<context>
    <name>Speed</name>
    <message>
        <source>Exact</source>
        <translation>Exacta</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>Rápida</translation>
    </message>
    <message>
        <source>Fastest</source>
        <translation>Máxima</translation>
    </message>
    <message>
        <source>shorter numbers</source>
        <translation>números más cortos</translation>
    </message>
    <message>
        <source>guidance only now and then</source>
        <translation>guía solo de vez en cuando</translation>
    </message>
    <message>
        <source>from {steps} steps on every second pass goes through the outermost level only</source>
        <translation>desde {steps} pasos, una de cada dos pasadas recorre solo el nivel exterior de la red</translation>
    </message>
    <message>
        <source>steps that would change little are carried on</source>
        <translation>los pasos que cambiarían poco se prolongan</translation>
    </message>
    <message>
        <source>convolutions read memory in order</source>
        <translation>las convoluciones leen la memoria en orden</translation>
    </message>
    <message>
        <source>attention in 8 bits where that is faster</source>
        <translation>la atención en 8 bits donde así es más rápida</translation>
    </message>
    <message>
        <source>attention as the card does it fastest</source>
        <translation>la atención como la tarjeta la hace más rápido</translation>
    </message>
    <message>
        <source>the network is compiled for the card, which takes a while once</source>
        <translation>la red se compila para la tarjeta, lo que tarda un rato una vez</translation>
    </message>
    <message>
        <source>The same pixels every time.</source>
        <translation>Los mismos píxeles cada vez.</translation>
    </message>
    <message>
        <source>For this model there is nothing to gain.</source>
        <translation>Con este modelo no se gana nada.</translation>
    </message>
    <message>
        <source>How far pictures differ was not measured here.</source>
        <translation>No se ha medido aquí cuánto difieren las imágenes.</translation>
    </message>
    <message>
        <source>Measured here: {time} % of exact's time, pixels differ by {error} of 255.</source>
        <translation>Medido aquí: {time} % del tiempo de la exacta; los píxeles difieren en {error} de 255.</translation>
    </message>
</context>
<context>
    <name>Plan</name>
    <message>
        <source>Needs about {needed} of memory</source>
        <translation>Necesita unos {needed} de memoria</translation>
    </message>
    <message>
        <source>{free} are free</source>
        <translation>hay {free} libres</translation>
    </message>
    <message>
        <source>16-bit numbers</source>
        <translation>números de 16 bits</translation>
    </message>
    <message>
        <source>developed in tiles</source>
        <translation>revelada por mosaicos</translation>
    </message>
    <message>
        <source>parts wait outside the card</source>
        <translation>partes esperan fuera de la tarjeta</translation>
    </message>
    <message>
        <source>weights in 8 bits</source>
        <translation>pesos de 8 bits</translation>
    </message>
    <message>
        <source>layer by layer on the card</source>
        <translation>capa a capa en la tarjeta</translation>
    </message>
    <message>
        <source>It may not fit: make the picture smaller, or choose a faster speed.</source>
        <translation>Puede que no quepa: haz la imagen más pequeña o elige una velocidad mayor.</translation>
    </message>
    <message>
        <source>{count} tiles of {side} px</source>
        <translation>{count} mosaicos de {side} px</translation>
    </message>
    <message>
        <source>tiles of {side} px</source>
        <translation>mosaicos de {side} px</translation>
    </message>
    <message>
        <source>about {time} each</source>
        <translation>unos {time} cada una</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>unos {time}</translation>
    </message>
    <message>
        <source>how long it takes is known after the first one</source>
        <translation>cuánto tarda se sabe tras la primera</translation>
    </message>
</context>
<context>
    <name>ReferenceRow</name>
    <message>
        <source>What reference {number} shows</source>
        <translation>Qué muestra la referencia {number}</translation>
    </message>
    <message>
        <source>What it shows</source>
        <translation>Qué muestra</translation>
    </message>
    <message>
        <source>What it becomes</source>
        <translation>En qué se convierte</translation>
    </message>
    <message>
        <source>What it shows, in a word</source>
        <translation>Qué muestra, en una palabra</translation>
    </message>
    <message>
        <source>What is drawn after reference {number}</source>
        <translation>Qué se dibuja según la referencia {number}</translation>
    </message>
    <message>
        <source>What it becomes, if something else</source>
        <translation>En qué se convierte, si en otra cosa</translation>
    </message>
    <message>
        <source>As one with the one above</source>
        <translation>Como una con la de arriba</translation>
    </message>
    <message>
        <source>Both pictures are looked at together, with the weight of the one above</source>
        <translation>Ambas imágenes se miran juntas, con el peso de la de arriba</translation>
    </message>
    <message>
        <source>Reference picture {number}</source>
        <translation>Imagen de referencia {number}</translation>
    </message>
    <message>
        <source>Take reference {number} away</source>
        <translation>Quitar la referencia {number}</translation>
    </message>
    <message>
        <source>Weight of reference {number}</source>
        <translation>Peso de la referencia {number}</translation>
    </message>
    <message>
        <source>How much of it</source>
        <translation>Cuánto de ella</translation>
    </message>
    <message>
        <source>What of reference {number}</source>
        <translation>Qué de la referencia {number}</translation>
    </message>
    <message>
        <source>All of it</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>Its style</source>
        <translation>Su estilo</translation>
    </message>
    <message>
        <source>Its composition</source>
        <translation>Su composición</translation>
    </message>
    <message>
        <source>Where reference {number} counts</source>
        <translation>Dónde cuenta la referencia {number}</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>En todas partes</translation>
    </message>
    <message>
        <source>In place {number}</source>
        <translation>En el lugar {number}</translation>
    </message>
    <message>
        <source>In a place that is gone</source>
        <translation>En un lugar que ya no está</translation>
    </message>
    <message>
        <source>What reads reference {number}</source>
        <translation>Qué lee la referencia {number}</translation>
    </message>
    <message>
        <source>A picture</source>
        <translation>Una imagen</translation>
    </message>
</context>
<context>
    <name>ReferencesPanel</name>
    <message>
        <source>Picture</source>
        <translation>Imagen</translation>
    </message>
    <message>
        <source>Add a reference picture</source>
        <translation>Añadir una imagen de referencia</translation>
    </message>
    <message>
        <source>Pasted picture</source>
        <translation>Imagen pegada</translation>
    </message>
    <message>
        <source>Lienzo stays offline. Save the picture to a file and drop that.</source>
        <translation>Lienzo no se conecta. Guarda la imagen en un archivo y suéltalo aquí.</translation>
    </message>
    <message>
        <source>This model cannot take after pictures.</source>
        <translation>Este modelo no puede parecerse a imágenes.</translation>
    </message>
    <message>
        <source>No IP-Adapter for this model is in the model folders.</source>
        <translation>No hay ningún IP-Adapter para este modelo en las carpetas.</translation>
    </message>
    <message>
        <source>Drop pictures here for the next one to take after.</source>
        <translation>Suelta aquí imágenes a las que la próxima se parezca.</translation>
    </message>
    <message>
        <source>This model reads fewer pictures; the last are left out.</source>
        <translation>Este modelo lee menos imágenes; las últimas no cuentan.</translation>
    </message>
    <message>
        <source>What is here is left out.</source>
        <translation>Lo que hay aquí no cuenta.</translation>
    </message>
    <message>
        <source>The model folders are being looked at.</source>
        <translation>Se están mirando las carpetas de modelos.</translation>
    </message>
    <message>
        <source>Pairs of pictures, before and after, show this model what to do with the one on the canvas.</source>
        <translation>Parejas de imágenes, antes y después, enseñan a este modelo qué hacer con la del lienzo.</translation>
    </message>
    <message>
        <source>Now the picture of how the last one looks after.</source>
        <translation>Ahora la imagen de cómo queda la última después.</translation>
    </message>
</context>
<context>
    <name>References</name>
    <message>
        <source>There are {most} reference pictures already.</source>
        <translation>Ya hay {most} imágenes de referencia.</translation>
    </message>
</context>
<context>
    <name>ClassList</name>
    <message>
        <source>Search what this model can draw</source>
        <translation>Busca lo que este modelo sabe dibujar</translation>
    </message>
    <message>
        <source>Search the classes</source>
        <translation>Buscar las clases</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Clases</translation>
    </message>
</context>
<context>
    <name>Foot</name>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
</context>
<context>
    <name>PromptHelp</name>
    <message>
        <source>Words and learnt things</source>
        <translation>Palabras y lo aprendido</translation>
    </message>
    <message>
        <source>list</source>
        <translation>lista</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>word</source>
        <translation>palabra</translation>
    </message>
</context>
<context>
    <name>Broken</name>
    <message>
        <source>{0} is empty.</source>
        <translation>{0} está vacío.</translation>
    </message>
    <message>
        <source>{0} breaks off within its header.</source>
        <translation>{0} se corta dentro de su cabecera.</translation>
    </message>
    <message>
        <source>{0} breaks off: {1} bytes are missing at its end.</source>
        <translation>{0} está cortado: le faltan {1} bytes al final.</translation>
    </message>
    <message>
        <source>{0} is no safetensors file; it seems to be {1}.</source>
        <translation>{0} no es un archivo safetensors; parece {1}.</translation>
    </message>
    <message>
        <source>{0} has a damaged header.</source>
        <translation>{0} tiene la cabecera dañada.</translation>
    </message>
    <message>
        <source>{0} has damaged metadata.</source>
        <translation>{0} tiene los metadatos dañados.</translation>
    </message>
    <message>
        <source>{0} claims to hold {1} tensors.</source>
        <translation>{0} dice contener {1} tensores.</translation>
    </message>
    <message>
        <source>{0} claims a header of {1} bytes.</source>
        <translation>{0} dice tener una cabecera de {1} bytes.</translation>
    </message>
    <message>
        <source>{0} gives the tensor {1} an impossible shape or place.</source>
        <translation>{0} da al tensor {1} una forma o un lugar imposibles.</translation>
    </message>
    <message>
        <source>{0} gives the tensor {1} a shape that does not match its bytes.</source>
        <translation>{0} da al tensor {1} una forma que no cuadra con sus bytes.</translation>
    </message>
    <message>
        <source>{0} keeps {1} in an unknown number format, {2}.</source>
        <translation>{0} guarda {1} en un formato de números desconocido, {2}.</translation>
    </message>
    <message>
        <source>{0} has tensors that overlap.</source>
        <translation>{0} tiene tensores que se solapan.</translation>
    </message>
    <message>
        <source>{0} has bytes that belong to no tensor.</source>
        <translation>{0} tiene bytes que no son de ningún tensor.</translation>
    </message>
    <message>
        <source>{0} has bytes after its last tensor.</source>
        <translation>{0} tiene bytes después del último tensor.</translation>
    </message>
    <message>
        <source>{0} brings program code ({1}).</source>
        <translation>{0} trae código de programa ({1}).</translation>
    </message>
    <message>
        <source>{0} asks to run code ({1}).</source>
        <translation>{0} pide ejecutar código ({1}).</translation>
    </message>
    <message>
        <source>{0} has its {1} only as a pickle (.bin), which can run code.</source>
        <translation>{0} solo tiene su {1} como pickle (.bin), que puede ejecutar código.</translation>
    </message>
    <message>
        <source>{0} has no weights for its diffusion network.</source>
        <translation>{0} no tiene los pesos de su red de difusión.</translation>
    </message>
    <message>
        <source>{0} has no weights for its {1}.</source>
        <translation>{0} no tiene los pesos de su {1}.</translation>
    </message>
    <message>
        <source>{0} has no {1}.</source>
        <translation>{0} no tiene {1}.</translation>
    </message>
    <message>
        <source>{0} has parts that do not count the same tokens.</source>
        <translation>{0} tiene partes que no cuentan los mismos tokens.</translation>
    </message>
    <message>
        <source>{0} has changed on disk since it was looked at.</source>
        <translation>{0} ha cambiado en el disco desde que se miró.</translation>
    </message>
    <message>
        <source>a picture</source>
        <translation>una imagen</translation>
    </message>
    <message>
        <source>a packed archive</source>
        <translation>un archivo comprimido</translation>
    </message>
    <message>
        <source>a PyTorch pickle or another zip archive, which can run code</source>
        <translation>un pickle de PyTorch u otro archivo zip, que puede ejecutar código</translation>
    </message>
    <message>
        <source>a Git LFS pointer, not the model itself</source>
        <translation>un puntero de Git LFS, no el modelo</translation>
    </message>
    <message>
        <source>a program</source>
        <translation>un programa</translation>
    </message>
    <message>
        <source>a web page</source>
        <translation>una página web</translation>
    </message>
    <message>
        <source>a Python pickle, which can run code</source>
        <translation>un pickle de Python, que puede ejecutar código</translation>
    </message>
    <message>
        <source>nothing but zeros</source>
        <translation>solo ceros</translation>
    </message>
    <message>
        <source>a text file</source>
        <translation>un archivo de texto</translation>
    </message>
    <message>
        <source>something unknown or damaged</source>
        <translation>algo desconocido o dañado</translation>
    </message>
    <message>
        <source>Get it again from its source.</source>
        <translation>Consíguelo otra vez de su origen.</translation>
    </message>
    <message>
        <source>Parts of the model are missing; get it again.</source>
        <translation>Faltan partes del modelo; consíguelo otra vez.</translation>
    </message>
    <message>
        <source>Do not use it.</source>
        <translation>No lo uses.</translation>
    </message>
    <message>
        <source>Its download was probably broken off; get it again.</source>
        <translation>Seguramente se interrumpió la descarga; consíguelo otra vez.</translation>
    </message>
    <message>
        <source>Lienzo runs no code of a model; use another.</source>
        <translation>Lienzo no ejecuta código de ningún modelo; usa otro.</translation>
    </message>
    <message>
        <source>Get the model as safetensors; most makers offer both.</source>
        <translation>Consigue el modelo en safetensors; casi todos los autores ofrecen ambos.</translation>
    </message>
    <message>
        <source>Get the model as F16, BF16 or F32.</source>
        <translation>Consigue el modelo en F16, BF16 o F32.</translation>
    </message>
    <message>
        <source>Start the job again.</source>
        <translation>Empieza otra vez el trabajo.</translation>
    </message>
    <message>
        <source>Choose a model file.</source>
        <translation>Elige un archivo de modelo.</translation>
    </message>
    <message>
        <source>Get the model as safetensors, or convert it in the list of models.</source>
        <translation>Consigue el modelo en safetensors o conviértelo en la lista de modelos.</translation>
    </message>
    <message>
        <source>The download gave an error or log-in page instead of the model; get it again.</source>
        <translation>La descarga dio una página de error o de acceso en lugar del modelo; consíguelo otra vez.</translation>
    </message>
    <message>
        <source>Lienzo opens safetensors only: get the model in that format, or ask its makers for it.</source>
        <translation>Lienzo solo abre safetensors: consigue el modelo en ese formato o pídeselo a sus autores.</translation>
    </message>
    <message>
        <source>Fetch it with “git lfs pull”.</source>
        <translation>Descárgalo con «git lfs pull».</translation>
    </message>
    <message>
        <source>Unpack it first.</source>
        <translation>Descomprímelo antes.</translation>
    </message>
</context>
<context>
    <name>Guider</name>
    <message>
        <source>Plain</source>
        <translation>Simple</translation>
    </message>
    <message>
        <source>Scaled (CFG-Zero*)</source>
        <translation>Escalada (CFG-Zero*)</translation>
    </message>
    <message>
        <source>Projected (APG)</source>
        <translation>Proyectada (APG)</translation>
    </message>
    <message>
        <source>Tangential (TCFG)</source>
        <translation>Tangencial (TCFG)</translation>
    </message>
    <message>
        <source>Magnitude (MAMBO-G)</source>
        <translation>Magnitud (MAMBO-G)</translation>
    </message>
    <message>
        <source>Perturbed (PAG)</source>
        <translation>Perturbada (PAG)</translation>
    </message>
    <message>
        <source>Skipped layers (SLG)</source>
        <translation>Capas omitidas (SLG)</translation>
    </message>
    <message>
        <source>The words pull as strongly as Guidance says, at every step.</source>
        <translation>Las palabras tiran con la fuerza que dice Guía, en cada paso.</translation>
    </message>
    <message>
        <source>What the picture would be without the words is weighed first: fewer false starts.</source>
        <translation>Primero se pondera lo que la imagen sería sin las palabras: menos comienzos en falso.</translation>
    </message>
    <message>
        <source>Limits how far the words may pull at once.</source>
        <translation>Limita cuánto pueden tirar las palabras de una vez.</translation>
    </message>
    <message>
        <source>Of the negative side only what lies along the words counts: fewer artefacts.</source>
        <translation>Del lado negativo solo cuenta lo que va en la dirección de las palabras: menos artefactos.</translation>
    </message>
    <message>
        <source>Guides less where the words pull very hard, as they do in the first steps.</source>
        <translation>Guía menos donde las palabras tiran con mucha fuerza, como en los primeros pasos.</translation>
    </message>
    <message>
        <source>Also steers away from a picture of disturbed attention: firmer shapes. Half as slow again.</source>
        <translation>Además se aleja de una imagen con la atención perturbada: formas más firmes. Tarda la mitad más.</translation>
    </message>
    <message>
        <source>Also steers away, in early steps, from a picture drawn without some layers: sounder anatomy. A little slower.</source>
        <translation>Además se aleja, en los primeros pasos, de una imagen dibujada sin algunas capas: mejor anatomía. Algo más lento.</translation>
    </message>
</context>
<context>
    <name>GuiderRows</name>
    <message>
        <source>Guider</source>
        <translation>Tipo de guía</translation>
    </message>
    <message>
        <source>Guided from this share of the steps</source>
        <translation>Guiado desde esta parte de los pasos</translation>
    </message>
    <message>
        <source>Guided up to this share of the steps</source>
        <translation>Guiado hasta esta parte de los pasos</translation>
    </message>
    <message>
        <source>In this share of the steps the words pull; in the others the prompt is asked alone</source>
        <translation>En esta parte de los pasos tiran las palabras; en los demás se pregunta solo al prompt</translation>
    </message>
    <message>
        <source>How what the words add is added</source>
        <translation>Cómo se suma lo que añaden las palabras</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>Up to</source>
        <translation>Hasta</translation>
    </message>
    <message>
        <source>This model is guided in its own way.</source>
        <translation>Este modelo se guía a su manera.</translation>
    </message>
</context>
</TS>
