<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>Arrivals</name>
    <message numerus="yes">
        <source>%n picture(s) made for this document earlier came into it.</source>
        <translation>
            <numerusform>A picture made for this document earlier came into it.</numerusform>
            <numerusform>%n pictures made for this document earlier came into it.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GeneratePanel</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Sheets</name>
    <message numerus="yes">
        <source>%n picture(s) of the sheet were not made.</source>
        <translation>
            <numerusform>One picture of the sheet was not made.</numerusform>
            <numerusform>%n pictures of the sheet were not made.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Exporting</name>
    <message numerus="yes">
        <source>%n picture(s) exported.</source>
        <translation>
            <numerusform>One picture exported.</numerusform>
            <numerusform>%n pictures exported.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n could not be read:</source>
        <translation>
            <numerusform>One could not be read:</numerusform>
            <numerusform>%n could not be read:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them without its layers or depth, which go along into PNG with the recipe.</source>
        <translation>
            <numerusform>One of them without its layers or depth, which go along into PNG with the recipe.</numerusform>
            <numerusform>%n of them without their layers or depth, which go along into PNG with the recipe.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InfoPanel</name>
    <message numerus="yes">
        <source>%n row(s) differ.</source>
        <translation>
            <numerusform>One row differs.</numerusform>
            <numerusform>%n rows differ.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SheetDialog</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) of the sheet are in the queue.</source>
        <translation>
            <numerusform>One picture of the sheet is in the queue.</numerusform>
            <numerusform>%n pictures of the sheet are in the queue.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportPicturesDialog</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JobQueue</name>
    <message numerus="yes">
        <source>%n job(s) removed from the queue.</source>
        <translation>
            <numerusform>One job removed from the queue.</numerusform>
            <numerusform>%n jobs removed from the queue.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) are waiting. Run on?</source>
        <translation>
            <numerusform>One job is waiting. Run on?</numerusform>
            <numerusform>%n jobs are waiting. Run on?</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LessonsPanel</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n left out</numerusform>
            <numerusform>%n left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueueItemModel</name>
    <message numerus="yes">
        <source>Waits  ·  %n minute(s)</source>
        <translation>
            <numerusform>Waits  ·  %n minute</numerusform>
            <numerusform>Waits  ·  %n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waits  ·  %n picture(s)</source>
        <translation>
            <numerusform>Waits  ·  %n picture</numerusform>
            <numerusform>Waits  ·  %n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Done  ·  %n picture(s)</source>
        <translation>
            <numerusform>Done  ·  %n picture</numerusform>
            <numerusform>Done  ·  %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n file</numerusform>
            <numerusform>%n files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cannot be used</source>
        <translation>
            <numerusform>%n cannot be used</numerusform>
            <numerusform>%n cannot be used</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Samples</name>
    <message numerus="yes">
        <source>With, after %n step(s)</source>
        <translation>
            <numerusform>With, after %n step</numerusform>
            <numerusform>With, after %n steps</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LoraBlocks</name>
    <message numerus="yes">
        <source>Blocks (%n changed)</source>
        <translation>
            <numerusform>Blocks (%n changed)</numerusform>
            <numerusform>Blocks (%n changed)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FacetColumn</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Gallery</name>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n star</numerusform>
            <numerusform>%n stars</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MarksPanel</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n star</numerusform>
            <numerusform>%n stars</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) are picked</source>
        <translation>
            <numerusform>%n picture is picked</numerusform>
            <numerusform>%n pictures are picked</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n picture</numerusform>
            <numerusform>%n pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picked</source>
        <translation>
            <numerusform>%n picked</numerusform>
            <numerusform>%n picked</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>GalleryWork</name>
    <message numerus="yes">
        <source>%n picture(s) are on the clipboard.</source>
        <translation>
            <numerusform>One picture is on the clipboard.</numerusform>
            <numerusform>%n pictures are on the clipboard.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FileWork</name>
    <message numerus="yes">
        <source>%n picture(s) moved to the trash.</source>
        <translation>
            <numerusform>One picture was moved to the trash.</numerusform>
            <numerusform>%n pictures were moved to the trash.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EnlargeDialog</name>
    <message numerus="yes">
        <source>Enlarge %n picture(s)</source>
        <translation>
            <numerusform>Enlarge %n picture</numerusform>
            <numerusform>Enlarge %n pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Borrowing</name>
    <message numerus="yes">
        <source>%n place(s) of this picture are not inside it.</source>
        <translation>
            <numerusform>One place of this picture is not inside it.</numerusform>
            <numerusform>%n places of this picture are not inside it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n map(s) of this picture are not inside it.</source>
        <translation>
            <numerusform>One map of this picture is not inside it.</numerusform>
            <numerusform>%n maps of this picture are not inside it.</numerusform>
        </translation>
    </message>
</context>
</TS>
