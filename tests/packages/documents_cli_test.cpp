#include <catch2/catch.hpp>

#include "tests/packages/documents.h"
#include "tests/support/temp_project.h"
#include "tools/knowledge/pdf_text.h"

// A declarative agent that answers from files that people write, through the program.
namespace yoke::testing {
namespace {

// Searches for what it is asked, and answers with what was found.
constexpr const char* kReader = R"lua(return model {
  name = "reader",
  reply = function(request)
    local task, found
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then task = part.text end
        if part.type == "tool_result" then found = part.content end
      end
    end
    if found then return { text = "found: " .. found } end
    return { calls = { { tool = "knowledge.search", args = { query = task, limit = 1 } } } }
  end,
}
)lua";

constexpr const char* kToml =
    "[backends.sample]\npreset = \"scripted\"\nscript = \"models/reader.lua\"\n"
    "[routes.default]\ntargets = [\"sample/reader\"]\n";

constexpr const char* kManifest = R"({
  "version": "v1.6", "name": "Desk", "description": "Helps.", "instructions": "Look it up.",
  "capabilities": [{"name": "EmbeddedKnowledge", "files": [
    {"file": "know/phones.docx"}, {"file": "know/plan.xlsx"}, {"file": "know/vpn.pdf"}]}]})";

bool has_text(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class DocumentProject : public TempProject {
 public:
  DocumentProject() : TempProject(YOKE_PROGRAM) {
    write("models/reader.lua", kReader);
    write("yoke.toml", kToml);
    write("agents/desk.json", kManifest);
    write("agents/know/phones.docx", docx("<w:p><w:t>The porter answers at 4711.</w:t></w:p>"));
    write("agents/know/plan.xlsx",
          xlsx({{"Rooms", "<row><c t=\"s\"><v>0</v></c><c><v>42</v></c></row>"}}, {"Aula"}));
    write("agents/know/vpn.pdf", minimal_pdf({"Error 809 means a blocked port 500."}));
  }
  Ended with_path(const Args& args, const std::string& path) const {
    ProcessOptions made = options(args);
    if (!path.empty()) made.env["PATH"] = path;
    return yoke(made);
  }
};

}  // namespace

TEST_CASE("an agent answers from the Word, Excel and PDF files that came with it") {
  const DocumentProject project;
  const auto asked = [&](const char* task) {
    const Ended ended = project.yoke(Args{"run", "--quiet", "desk", task});
    return ended.out + ended.err;
  };
  CHECK(has_text(asked("Where does the porter answer?"), "The porter answers at 4711."));
  CHECK(has_text(asked("How large is the Aula?"), "Aula | 42"));
  if (pdf_reader_in(nullptr).program.empty()) {
    WARN("SKIPPED: no pdftotext here; it takes: apt-get install poppler-utils");
    return;
  }
  const std::string vpn = asked("What is error 809?");
  CHECK(has_text(vpn, "blocked port 500"));
  CHECK(has_text(vpn, "Page 1"));
  const Ended checked = project.yoke(Args{"plugins", "check", "agents/desk.json"});
  CHECK(has_text(checked.out, "know/vpn.pdf is searched in full text"));
  CHECK(has_text(project.yoke(Args{"doctor"}).out, "PDF files are read by /"));
}

TEST_CASE(
    "where there is no PDF reader the check and the doctor say so, and the rest is searched") {
  const DocumentProject project;
  const Ended checked = project.with_path({"plugins", "check", "agents/desk.json"}, "/none");
  CHECK(has_text(checked.out,
                 "know/vpn.pdf is not searched: PDF files are read by pdftotext, which "
                 "is not here; install poppler-utils"));
  CHECK(has_text(checked.out, "know/phones.docx is searched"));
  const Ended doctor = project.with_path({"doctor"}, "/none");
  CHECK(has_text(doctor.out, "PDF files of agents' knowledge are not read: install poppler-utils"));
  const Ended run = project.with_path({"run", "--quiet", "desk", "porter"}, "/none");
  CHECK(has_text(run.out, "The porter answers at 4711."));
}

}  // namespace yoke::testing
