package dev.aorta.jmhgate;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** A report as the XML that continuous integration reads: a benchmark is a test case, a slowdown its failure. */
final class JUnitXml {
    private JUnitXml() {}

    /** The whole document. */
    static String of(Report report) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", "jmh-gate");
            boolean nothing = report.comparisons().isEmpty();
            int tests = report.comparisons().size() + report.missing().size() + (nothing ? 1 : 0);
            xml.writeAttribute("tests", String.valueOf(tests));
            xml.writeAttribute("failures", String.valueOf(report.failures().size() + (nothing ? 1 : 0)));
            xml.writeAttribute("errors", "0");
            xml.writeAttribute("skipped", String.valueOf(report.missing().size()));
            for (Comparison c : report.comparisons()) {
                testCase(xml, c.key());
                if (c.fails()) {
                    child(xml, "failure", c.reason(), c.verdict());
                }
                xml.writeEndElement();
            }
            for (String key : report.missing()) {
                testCase(xml, key);
                child(xml, "skipped", "only in the base", "");
                xml.writeEndElement();
            }
            if (nothing) {
                testCase(xml, "jmh-gate.comparison");
                child(xml, "failure", report.conclusion(), "NOTHING");
                xml.writeEndElement();
            }
            xml.writeStartElement("system-out");
            xml.writeCharacters(legal(report.toString()));
            xml.writeEndElement();
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    /** Starts a test case: {@code package.Class} and {@code method parameters [mode]}. */
    private static void testCase(XMLStreamWriter xml, String key) throws XMLStreamException {
        String benchmark = key.split(" ", 2)[0];
        int dot = benchmark.lastIndexOf('.');
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", legal(dot < 0 ? "" : key.substring(0, dot)));
        xml.writeAttribute("name", legal(key.substring(dot + 1)));
        xml.writeAttribute("time", "0");
    }

    private static void child(XMLStreamWriter xml, String name, String message, String type) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeAttribute("message", legal(message));
        if (!type.isEmpty()) {
            xml.writeAttribute("type", type);
        }
        xml.writeEndElement();
    }

    /** Without the characters that XML 1.0 has no way to write. */
    private static String legal(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "\uFFFD");
    }
}
