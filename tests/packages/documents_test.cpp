#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "hosts/packages/capabilities.h"
#include "runtime/base/text.h"
#include "tests/packages/documents.h"
#include "tests/support/temp_project.h"
#include "tools/knowledge/office_text.h"
#include "tools/knowledge/strict_xml.h"
#include "tools/plugins/package.h"

// What is read of the files that people write, and of those that are made to do harm.
namespace yoke {
namespace {

using testing::docx;
using testing::minimal_pdf;
using testing::pptx;
using testing::TempFolder;
using testing::xlsx;

std::string text_in(const std::string& name, const std::string& bytes) {
  const Result<std::string> text = document_text(name, bytes);
  return text ? *text : std::string(name_of(text.error().code)) + ": " + text.error().detail;
}

bool tells(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// All marks of a document: "<a>text</a>", or the error.
std::string marks_of(std::string_view xml) {
  StrictXml reader(xml);
  std::string out;
  while (true) {
    const Result<StrictXml::Mark> mark = reader.next();
    if (!mark) return mark.error().detail;
    const std::string name(reader.name());
    if (*mark == StrictXml::Mark::finished) return out;
    if (*mark == StrictXml::Mark::begin) out += "<" + name + ">";
    if (*mark == StrictXml::Mark::end) out += "</" + name + ">";
    if (*mark == StrictXml::Mark::text) out += reader.text();
  }
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

constexpr std::chrono::milliseconds kAmple{60'000};
constexpr std::chrono::milliseconds kBrief{1'500};

// A program that does as `body` says, where anybody may run it.
class FakeTool {
 public:
  explicit FakeTool(const std::string& body, std::chrono::milliseconds within = kAmple) {
    ::chmod(folder_.path().c_str(), 0755);
    folder_.write("pdftotext", "#!/bin/sh\n" + body + "\n");
    ::chmod(folder_.file("pdftotext").c_str(), 0755);
    reader_ = pdf_reader_in(folder_.path().c_str());
    reader_.within = within;
  }
  std::string said() const {
    const Result<std::string> text = pdf_text("%PDF-1.7", reader_);
    return text ? *text : std::string(name_of(text.error().code)) + ": " + text.error().detail;
  }
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  TempFolder folder_;
  PdfReader reader_;
};

}  // namespace

#define YOKE_NEEDS_PDFTOTEXT()                                                   \
  const PdfReader reader = pdf_reader_in(nullptr);                               \
  if (reader.program.empty()) {                                                  \
    WARN("SKIPPED: no pdftotext here; it takes: apt-get install poppler-utils"); \
    return;                                                                      \
  }

TEST_CASE("XML is read mark by mark, with its five entities and characters by number") {
  CHECK(marks_of("<?xml version=\"1.0\"?>\n<w:a x='1'><!-- no --><b/>a &lt;&#233;&#x41;"
                 "<![CDATA[<&]]></w:a>\n") ==
        "<a><b></b>a <\xc3\xa9"
        "A<&</a>");
  StrictXml reader("<a r:id=\"R&amp;1\" id='2'/>");
  REQUIRE(reader.next().has_value());
  CHECK(reader.attribute("id") == "R&1");
  CHECK(reader.attributes("id") == std::vector<std::string>{"R&1", "2"});
  CHECK(reader.attribute("none").empty());
}

TEST_CASE("XML that is not sound, or would make more of itself, is refused with its place") {
  for (const char* bad : {"",
                          "text",
                          "<a>",
                          "<a></b>",
                          "</a>",
                          "<a/><b/>",
                          "<a b></a>",
                          "<a b=1></a>",
                          "<a b='1>",
                          "<a b='<'/>",
                          "<a",
                          "< a/>",
                          "<a/>x",
                          "<a>&nbsp;</a>",
                          "<a>&#0;</a>",
                          "<a>&#xD800;</a>",
                          "<a>&#1114112;</a>",
                          "<a>&;</a>",
                          "<a>& b</a>",
                          "<a>\x01</a>",
                          "<a><![CDATA[\x02]]></a>",
                          "<a><!-- </a>",
                          "<a>&#;</a>",
                          "<a>&#x;</a>",
                          "<![CDATA[a]]><a/>"}) {
    INFO(bad);
    CHECK(tells(marks_of(bad), "its XML is not sound at byte "));
  }
  const std::string bomb = "<!DOCTYPE a [<!ENTITY b \"" + std::string(1000, 'x') +
                           "\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&c;&c;&c;&c;&c;&c;</a>";
  CHECK(tells(marks_of(bomb), "declares a document type"));
  CHECK(tells(marks_of("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), "document type"));
  CHECK(tells(marks_of(repeated("<a>", 100'000)), "deeper than 256"));
  CHECK_FALSE(tells(marks_of(repeated("<a>", 256) + repeated("</a>", 256)), "deeper"));
}

TEST_CASE("a Word file gives its paragraphs, headings, tables and notes") {
  const std::string text = text_in(
      "guide.docx",
      docx("<w:p><w:pPr><w:pStyle w:val=\"Heading2\"/><w:tabs><w:tab/></w:tabs></w:pPr>"
           "<w:r><w:t>Printers</w:t></w:r></w:p>"
           "<w:p><w:r><w:t xml:space=\"preserve\">Dial </w:t></w:r><w:r><w:t>0 &amp; wait.</w:t>"
           "<w:br/><w:t>Then</w:t><w:tab/><w:t>speak</w:t></w:r><w:del><w:r><w:delText>old"
           "</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
           "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Room</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>"
           "Floor</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>2"
           "</w:t></w:r></w:p><w:p><w:r><w:t>north</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
           "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>Box</w:t></w:r></w:p></mc:Choice>"
           "<mc:Fallback><w:p><w:r><w:t>Box again</w:t></w:r></w:p></mc:Fallback>"
           "</mc:AlternateContent>",
           "<w:p><w:r><w:t>See page 3.</w:t></w:r></w:p>"));
  CHECK(text ==
        "## Printers\nDial 0 & wait.\nThen\tspeak\nRoom | Floor\n | 2 north\n\nBox\n\n"
        "## Footnotes\nSee page 3.\n");
}

TEST_CASE("slides are read in the order of the show, with their tables and notes") {
  const auto paragraph = [](const std::string& words) {
    return "<a:p><a:r><a:t>" + words + "</a:t></a:r></a:p>";
  };
  const std::string table = "<a:tbl><a:tr><a:tc><a:txBody>" + paragraph("Q1") +
                            "</a:txBody></a:tc><a:tc><a:txBody>" + paragraph("12") +
                            "</a:txBody></a:tc></a:tr></a:tbl>";
  const std::string text = text_in(
      "show.pptx",
      pptx({paragraph("First") + table, paragraph("Second") + "<a:fld><a:t>7</a:t></a:fld>"},
           {"", paragraph("Say it slowly")}));
  CHECK(text == "## Slide 1\nSecond\n\nNotes:\nSay it slowly\n\n## Slide 2\nFirst\nQ1 | 12\n");
}

TEST_CASE("sheets are read row by row, with texts, numbers and dates as a person sees them") {
  const std::string rows =
      "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>"
      "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>45000</v></c><c r=\"B2\"><v>0.10000000000000001</v></c>"
      "<c r=\"D2\" t=\"b\"><v>1</v></c></row>"
      "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>in</t><t>line</t></is></c>"
      "<c r=\"C3\" s=\"2\"><v>45000.75</v></c><c t=\"str\"><f>A1&amp;\"\"</f><v>made</v></c>"
      "<c t=\"e\"><v>#N/A</v></c><c t=\"s\"><v>99</v></c></row><row r=\"4\"/>";
  CHECK(text_in("plan.xlsx", xlsx({{"Budget", rows}}, {"Day", "Cost<rPh>x</rPh>"})) ==
        "## Budget\nDay | Cost\n2023-03-15 | 0.1 |  | TRUE\n"
        " | inline | 2023-03-15 18:00:00 | made | #N/A\n");
}

TEST_CASE("files that are made to do harm are refused, and soon") {
  // A part that unpacks to a thousand times what it is.
  CHECK(
      tells(text_in("bomb.docx", docx("<w:p><w:t>" + std::string(15u << 20, 'a') + "</w:t></w:p>")),
            "too_large"));
  CHECK(tells(text_in("deep.docx", docx(repeated("<w:tbl>", 5000))),
              "in its part word/document.xml: its XML is deeper than 256 elements"));
  CHECK(tells(text_in("cut.docx", docx("<w:p><w:t>half")), "not sound at byte"));
  const std::string whole = docx("<w:p><w:t>whole</w:t></w:p>");
  CHECK(text_in("whole.docx", whole) == "whole\n");
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
    CHECK_FALSE(document_text("cut.docx", whole.substr(0, bytes)).has_value());
  }
  // A cell a byte that shows a text of a megabyte each.
  std::string cells = "<row>";
  for (int i = 0; i < 20'000; ++i) cells += "<c t=\"s\"><v>0</v></c>";
  CHECK(tells(text_in("bomb.xlsx", xlsx({{"S", cells + "</row>"}}, {std::string(40'000, 'b')})),
              "too_large: in its part xl/worksheets/sheet1.xml: it holds over 8 MiB"));
  CHECK(text_in("blank.xlsx", xlsx({{"S", cells + "</row>"}}, {std::string(40'000, ' ')})).empty());
  CHECK(tells(text_in("plain.docx", write_zip({{"a.txt", "a"}}).value()), "it is no Office"));
  const std::string out = write_zip({{"_rels/.rels",
                                      "<R><Relationship Id=\"1\" Type=\"x/officeDocument\" "
                                      "Target=\"../../etc/passwd\"/></R>"}})
                              .value();
  CHECK(tells(text_in("out.docx", out), "it is no Office document"));
}

TEST_CASE("a PDF's pages are read, each under its number") {
  YOKE_NEEDS_PDFTOTEXT();
  const Result<std::string> text =
      pdf_text(minimal_pdf({"Error 809 means a blocked port.", "Dial zero."}), reader);
  INFO((text ? "" : text.error().detail));
  REQUIRE(text.has_value());
  CHECK(*text == "## Page 1\nError 809 means a blocked port.\n\n## Page 2\nDial zero.\n");
  CHECK(document_text("a.PDF", minimal_pdf({"Words"}), reader).value() == "## Page 1\nWords\n");
  const Result<std::string> scan = pdf_text(minimal_pdf({""}), reader);
  REQUIRE_FALSE(scan.has_value());
  CHECK(tells(scan.error().detail, "it has no text, as pages that were scanned"));
  const Result<std::string> none = pdf_text("no PDF at all", reader);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == Errc::invalid);
  CHECK(tells(none.error().detail, "pdftotext cannot read it (exit status 1)"));
}

TEST_CASE("a PDF reader that does not end, says too much or fails is told") {
  CHECK(tells(FakeTool("while :; do :; done", kBrief).said(), "timed_out: '"));
  CHECK(tells(FakeTool("exec >&- 2>&-; while :; do :; done", kBrief).said(), "took over 1500 ms"));
  CHECK(tells(FakeTool("exec yes a-long-line-of-words-that-say-nothing-at-all").said(),
              "said over 8388608 bytes"));
  CHECK(tells(FakeTool("echo 'Command Line Error: Incorrect password' >&2; exit 1").said(),
              "unsupported: it is locked with a password"));
  CHECK(tells(FakeTool("echo 'Syntax Error' >&2; exit 3").said(),
              "invalid: pdftotext cannot read it (exit status 3): Syntax Error"));
  CHECK(FakeTool("echo words").said() == "## Page 1\nwords\n");
}

TEST_CASE("a PDF reader reaches no network, starts nothing and changes no file") {
  const FakeTool writes("echo x > \"${0%/*}/made\" && echo WROTE || echo refused");
  CHECK(writes.said() == "## Page 1\nrefused\n");
  const FakeTool removes("exec rm \"${0%/*}/pdftotext\"");
  CHECK(tells(removes.said(), "cannot read it"));
  CHECK(::access(removes.file("pdftotext").c_str(), F_OK) == 0);
  const std::string started = FakeTool("( echo STARTED )").said();
  CHECK_FALSE(tells(started, "STARTED"));
  CHECK(tells(started, "fork"));
  // Somebody listens there.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&at), size) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  const std::string port = std::to_string(ntohs(at.sin_port));
  const FakeTool dials("exec /bin/bash -c 'if true 3<>/dev/tcp/127.0.0.1/" + port +
                       "; then echo REACHED; else echo refused; fi'");
  CHECK(dials.said() == "## Page 1\nrefused\n");
  ::close(listener);
  CHECK(FakeTool("echo \"home=$HOME\"").said() == "## Page 1\nhome=\n");
}

TEST_CASE("without a PDF reader its files are told, with what to install") {
  CHECK(pdf_reader_in("/none/such:relative").program.empty());
  CHECK(text_in("a.pdf", minimal_pdf({"x"})) ==
        "unsupported: PDF files are read by pdftotext, which is not here; install poppler-utils");
}

TEST_CASE(
    "what of an agent's knowledge is not read is told at its place, and the rest is searched") {
  DeclarativeAgent agent;
  DeclarativeCapability knowledge;
  knowledge.name = "EmbeddedKnowledge";
  knowledge.pointer = "/capabilities/0";
  knowledge.fields = Json{
      {"files",
       {{{"file", "a.pdf"}}, {{"file", "b.docx"}}, {{"file", "c.png"}}, {{"file", "d.docx"}}}}};
  agent.capabilities.push_back(knowledge);
  const auto files = Package::from_files({{"a.pdf", minimal_pdf({"x"})},
                                          {"b.docx", docx("<w:p><w:t>words</w:t></w:p>")},
                                          {"c.png", "\x89PNG"},
                                          {"d.docx", "cut"}});
  PluginFindings findings;
  const CapabilityPlan plan = plan_capabilities(agent, "agent.json", *files, {}, findings);
  CHECK(plan.knowledge.size() == 1);
  CHECK(plan.knowledge.at("b.docx") == "words\n");
  REQUIRE(findings.size() == 4);
  CHECK(findings[0].pointer == "/capabilities/0/files/0");
  CHECK(findings[0].verdict == PluginFinding::Verdict::not_honoured);
  CHECK(tells(findings[0].text, "a.pdf is not searched: PDF files are read by pdftotext"));
  CHECK(findings[1].verdict == PluginFinding::Verdict::honoured);
  CHECK(findings[2].verdict == PluginFinding::Verdict::not_honoured);
  CHECK(findings[3].verdict == PluginFinding::Verdict::error);
  CHECK(findings[3].pointer == "/capabilities/0/files/3");
}

}  // namespace yoke
