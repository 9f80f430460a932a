#include "runtime/base/text.h"
#include "tools/knowledge/ooxml_text.h"
#include "tools/knowledge/strict_xml.h"

// How the parts of an Office file are found (ECMA-376, part 2).
namespace yoke {
namespace {

constexpr std::size_t kRelationsMax = 20'000;

std::string relations_part(const std::string& part) {
  const std::size_t slash = part.rfind('/');
  const std::string folder = slash == part.npos ? "" : part.substr(0, slash + 1);
  return folder + "_rels/" + part.substr(folder.size()) + ".rels";
}

// "/word/document.xml" from the root, "slides/slide1.xml" from the part's folder. Empty: it leads
// out.
std::string target_part(const std::string& part, const std::string& target) {
  if (target.starts_with('/')) return target.substr(1);
  const Result<std::string> path = package_path(part.empty() ? "root" : part, target);
  return path ? *path : std::string();
}

}  // namespace

Error in_ooxml_part(const std::string& part, Error error) {
  error.detail = "in its part " + shorten(printable(part), 80) + ": " + error.detail;
  return error;
}

Result<std::string> ooxml_part(Package& zip, const std::string& part) {
  Result<std::string> xml = zip.read(part);
  if (!xml) return xml.error();
  if (!is_valid_utf8(*xml)) {
    return in_ooxml_part(part, Error{Errc::unsupported, "its XML is no UTF-8"});
  }
  return xml;
}

Result<std::map<std::string, OoxmlRelation>> ooxml_relations(Package& zip,
                                                             const std::string& part) {
  std::map<std::string, OoxmlRelation> relations;
  const std::string name = part.empty() ? "_rels/.rels" : relations_part(part);
  const Result<std::string> xml = ooxml_part(zip, name);
  if (!xml && xml.error().code == Errc::not_found) return relations;
  if (!xml) return xml.error();
  StrictXml reader(*xml);
  while (true) {
    const Result<StrictXml::Mark> mark = reader.next();
    if (!mark) return in_ooxml_part(name, mark.error());
    if (*mark == StrictXml::Mark::finished) return relations;
    if (*mark != StrictXml::Mark::begin || reader.name() != "Relationship") continue;
    if (reader.attribute("TargetMode") == "External") continue;
    const std::string type = reader.attribute("Type");
    std::string target = target_part(part, reader.attribute("Target"));
    if (target.empty()) continue;
    if (relations.size() == kRelationsMax) {
      return in_ooxml_part(name, Error{Errc::too_large, "it has too many relations"});
    }
    relations[reader.attribute("Id")] =
        OoxmlRelation{type.substr(type.rfind('/') + 1), std::move(target)};
  }
}

Result<std::string> ooxml_main_part(Package& zip) {
  const Result<std::map<std::string, OoxmlRelation>> relations = ooxml_relations(zip, "");
  if (!relations) return relations.error();
  for (const auto& [id, relation] : *relations) {
    if (relation.type == "officeDocument") return relation.target;
  }
  return Error{Errc::invalid, "it is no Office document: its _rels/.rels names none"};
}

}  // namespace yoke
