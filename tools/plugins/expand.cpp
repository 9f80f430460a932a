#include "tools/plugins/expand.h"

#include <optional>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kGrownBytesMax = 4u << 20;

std::string in_quotes(std::string_view text) { return "'" + shorten(printable(text), 80) + "'"; }

// Fills in the texts of one document.
class Expander {
 public:
  Expander(Package& package, const std::string& file, const ManifestWords& words,
           PluginFindings& findings)
      : package_(package), file_(file), words_(words), findings_(findings) {}

  void expand(Json& value, const std::string& pointer) {
    if (value.is_string()) {
      value = expanded(value.get<std::string>(), pointer);
      return;
    }
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        expand(value[i], pointer + "/" + std::to_string(i));
      }
    }
    if (!value.is_object()) return;
    for (auto& [key, member] : value.items()) {
      expand(member, ManifestNode(value, file_, findings_, pointer).at(key).pointer());
    }
  }

  bool grew_too_large() const { return grown_ > kGrownBytesMax; }

 private:
  std::string expanded(const std::string& text, const std::string& pointer) {
    if (text.starts_with("[[") && text.ends_with("]]") && text.size() > 4) {
      return localised(text, pointer);
    }
    return with_files(with_environment(text, pointer), pointer);
  }

  void put(PluginFinding::Verdict verdict, const std::string& pointer, std::string words) {
    findings_.push_back({verdict, file_, pointer, std::move(words), false});
  }

  std::string localised(const std::string& text, const std::string& pointer) {
    const std::string key(trim(std::string_view(text).substr(2, text.size() - 4)));
    const auto found = words_.localised.find(key);
    if (found != words_.localised.end()) {
      put(PluginFinding::Verdict::honoured, pointer, "the text of the key " + in_quotes(key));
      return found->second;
    }
    put(PluginFinding::Verdict::not_honoured, pointer,
        "no localisation file has the key " + in_quotes(key) + "; the text stays as it is");
    return text;
  }

  std::string with_environment(const std::string& text, const std::string& pointer) {
    std::string out;
    std::size_t from = 0;
    for (;;) {
      const std::size_t open = text.find("${{", from);
      const std::size_t close = open == std::string::npos ? open : text.find("}}", open);
      if (close == std::string::npos) break;
      const std::string name(trim(std::string_view(text).substr(open + 3, close - open - 3)));
      out.append(text, from, open - from);
      const auto found = words_.environment.find(name);
      if (found != words_.environment.end()) {
        out += found->second;
      } else {
        put(PluginFinding::Verdict::not_honoured, pointer,
            "nothing is set for the variable " + in_quotes(name) + "; the text stays as it is");
        out.append(text, open, close + 2 - open);
      }
      from = close + 2;
    }
    out.append(text, from);
    grown_ += out.size();
    return out;
  }

  std::string with_files(const std::string& text, const std::string& pointer) {
    std::string out;
    std::size_t from = 0;
    while (!grew_too_large()) {
      const std::size_t open = text.find("$[", from);
      const std::size_t close = open == std::string::npos ? open : text.find(")]", open);
      if (close == std::string::npos) break;
      out.append(text, from, open - from);
      const std::string_view call = std::string_view(text).substr(open + 2, close - open - 1);
      const std::optional<std::string> found = file_of(call, pointer);
      out += found ? *found : text.substr(open, close + 2 - open);
      from = close + 2;
    }
    return out.append(text, from);
  }

  // Of "file('instruction.txt')".
  std::optional<std::string> file_of(std::string_view call, const std::string& pointer) {
    std::string_view rest = trim(call);
    const std::size_t open = rest.find('(');
    const std::string_view function = trim(rest.substr(0, open));
    if (open == std::string_view::npos || function != "file") {
      put(PluginFinding::Verdict::not_honoured, pointer,
          "there is no function " + in_quotes(function) + " to fill in texts; it stays as it is");
      return std::nullopt;
    }
    rest = trim(rest.substr(open + 1, rest.size() - open - 2));
    if (rest.size() > 1 && (rest.front() == '\'' || rest.front() == '"')) {
      rest = rest.substr(1, rest.size() - (rest.back() == rest.front() ? 2 : 1));
    }
    const Result<std::string> path = package_path(file_, rest);
    Result<std::string> text = path ? package_.read(*path) : path.error();
    if (text && !is_valid_utf8(*text)) text = Error{Errc::invalid, "it is no UTF-8", *path};
    if (!text) {
      findings_.push_back(
          {PluginFinding::Verdict::error, file_, pointer, text.error().message(), true});
      return std::nullopt;
    }
    put(PluginFinding::Verdict::honoured, pointer, "the text of " + in_quotes(*path));
    return with_environment(std::string(without_bom(*text)), pointer);
  }

  Package& package_;
  const std::string& file_;
  const ManifestWords& words_;
  PluginFindings& findings_;
  std::size_t grown_ = 0;
};

void add_texts(Package& package, const std::string& file, std::map<std::string, std::string>& all,
               PluginFindings& findings) {
  Result<Json> read = read_manifest(package, file, {}, findings);
  if (!read) {
    findings.push_back({PluginFinding::Verdict::error, file, "", read.error().detail, true});
    return;
  }
  const Json& keys = member_at(*read, "localizationKeys");
  for (const Json* table : {&keys, static_cast<const Json*>(&*read)}) {
    if (!table->is_object()) continue;
    for (const auto& [key, value] : table->items()) {
      if (value.is_string()) all.insert_or_assign(key, value.get<std::string>());
    }
  }
}

// The best of the additional languages: the tag itself, else one of the same language.
std::string language_file(const Json& info, std::string_view language) {
  std::string near;
  for (const Json& entry : member_at(info, "additionalLanguages")) {
    const std::string tag = to_lower(string_at(entry, "languageTag"));
    const std::string wanted = to_lower(language);
    if (tag == wanted) return string_at(entry, "file");
    const bool same = tag.substr(0, tag.find('-')) == wanted.substr(0, wanted.find('-'));
    if (same && near.empty()) near = string_at(entry, "file");
  }
  return near;
}

}  // namespace

std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

Result<Json> read_manifest(Package& package, const std::string& file, const ManifestWords& words,
                           PluginFindings& findings) {
  const Result<std::string> text = package.read(file);
  if (!text) return text.error();
  Result<Json> json = parse_json(without_bom(*text));
  if (!json) return Error{json.error().code, json.error().detail, file};
  Expander expander(package, file, words, findings);
  expander.expand(*json, "");
  if (expander.grew_too_large()) {
    return Error{Errc::too_large, "its texts grow to over 4 MiB when they are filled in", file};
  }
  return json;
}

std::map<std::string, std::string> read_localisation(Package& package, const Json& app_manifest,
                                                     std::string_view language,
                                                     PluginFindings& findings) {
  std::map<std::string, std::string> all;
  const Json& info = member_at(app_manifest, "localizationInfo");
  const std::string usual = string_at(info, "defaultLanguageFile");
  const std::string usual_tag = to_lower(string_at(info, "defaultLanguageTag"));
  std::vector<std::string> files;
  if (!usual.empty()) files.push_back(usual);
  if (!language.empty() && to_lower(language) != usual_tag) {
    const std::string file = language_file(info, language);
    if (!file.empty()) files.push_back(file);
  }
  for (const std::string& file : files) {
    const Result<std::string> path = package_path("", file);
    if (path) {
      add_texts(package, *path, all, findings);
    } else {
      findings.push_back({PluginFinding::Verdict::error, "manifest.json", "/localizationInfo",
                          path.error().detail, true});
    }
  }
  return all;
}

}  // namespace yoke
