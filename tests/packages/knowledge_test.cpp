#include <catch2/catch.hpp>

#include "tools/knowledge/knowledge_index.h"
#include "tools/knowledge/knowledge_tools.h"
#include "tools/knowledge/office_text.h"

namespace yoke {
namespace {

KnowledgeIndex desk() {
  KnowledgeIndex index;
  index.add("vpn.md", "# Printers\nTurn it off.\n\n# VPN\nError 809 means a blocked port.\n");
  index.add("phones.txt", "Dial zero. The printers are on the second floor.");
  return index;
}

}  // namespace

TEST_CASE("the passage that has a question's words is found, with its file and heading") {
  const std::vector<KnowledgeHit> hits = desk().search("What is error 809?", 3);
  REQUIRE_FALSE(hits.empty());
  CHECK(hits[0].file == "vpn.md");
  CHECK(hits[0].heading == "VPN");
  CHECK(hits[0].text.find("blocked port") != std::string::npos);
  CHECK(desk().search("weather", 3).empty());
  CHECK(KnowledgeIndex().search("anything", 3).empty());
}

TEST_CASE("a plural and its singular are one word, in any case") {
  const std::vector<KnowledgeHit> hits = desk().search("PRINTER", 5);
  CHECK(hits.size() == 2);
  CHECK(knowledge_words("Class buses STATUS") ==
        std::vector<std::string>{"class", "buse", "status"});
}

TEST_CASE("a long text is cut into passages that are together the whole") {
  KnowledgeIndex index;
  std::string text;
  for (int i = 0; i < 900; ++i) text += "w" + std::to_string(i) + "\xc3\xa9 common ";
  index.add("long.txt", text);
  const std::vector<KnowledgeHit> hits = index.search("common", 1000);
  CHECK(hits.size() > 5);
  std::size_t bytes = 0;
  for (const KnowledgeHit& hit : hits) {
    CHECK(hit.text.size() <= KnowledgeIndex::kPassageBytes + 4);
    bytes += hit.text.size();
  }
  CHECK(bytes == text.size());
}

TEST_CASE("the tools' arguments are checked and completed") {
  const auto tools =
      make_knowledge_tools(std::make_shared<const KnowledgeIndex>(desk()), "package:desk");
  REQUIRE(tools.size() == 2);
  CHECK(tools[0]->spec().name == kKnowledgeSearch);
  CHECK(tools[0]->spec().effect == Effect::read);
  const Result<Json> whole = tools[0]->check(Json{{"query", "x"}});
  REQUIRE(whole.has_value());
  CHECK(integer_at(*whole, "limit") == 5);
  CHECK_FALSE(tools[0]->check(Json::object()).has_value());
  CHECK_FALSE(tools[1]->check(Json{{"file", "a"}, {"bytes", 0}}).has_value());
}

TEST_CASE("a page of HTML gives its text, and plain text is as it is") {
  CHECK(document_text("a.html", "<h2>Hi</h2><script>x</script><p>a &lt; b &#233;</p>").value() ==
        "## Hi\n\na < b \xc3\xa9");
  CHECK(document_text("a.CSV", "a,b\n1,2\n").value() == "a,b\n1,2\n");
}

TEST_CASE("a document that cannot be read is told, and why") {
  CHECK(document_text("a.pdf", "%PDF-1.7").error().code == Errc::unsupported);
  CHECK(document_text("a.txt", "\xff\xfe").error().code == Errc::invalid);
  CHECK_FALSE(document_text("a.docx", "no zip").has_value());
  CHECK(document_text("a.html", "<p unclosed").value().empty());
}

}  // namespace yoke
