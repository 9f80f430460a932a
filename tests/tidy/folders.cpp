#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

constexpr int kReadmeLinesMax = 60;
constexpr std::string_view kPublicTitle = "## Public headers";

// The folder that is a library, and so has a README and public headers: `runtime/store` of
// `runtime/store/sqlite/desk.h`, `tools` of `tools/broker/paths.h`. Empty for the top of the
// picture.
std::string library_of(std::string_view path) {
  for (std::string_view top :
       {"models", "sandbox", "tools", "agents", "guards", "hooks", "trials", "hosts"}) {
    if (is_within(path, top)) return std::string(top);
  }
  if (!is_within(path, "runtime")) return {};
  return std::string(path.substr(0, path.find('/', std::string_view("runtime/").size())));
}

std::string included_path(const Token& token) {
  if (token.kind != TokenKind::directive || token.text.find("include") == std::string::npos)
    return {};
  const std::size_t open = token.text.find('"');
  const std::size_t close = token.text.find('"', open + 1);
  if (open == std::string::npos || close == std::string::npos) return {};
  return token.text.substr(open + 1, close - open - 1);
}

// The headers that a README lists under its title: lines like "- `json.h`: what it is".
std::vector<std::string> listed_headers(const Source& readme) {
  std::vector<std::string> headers;
  bool inside = false;
  for (const std::string& line : lines_of(readme.text)) {
    if (line.starts_with("## ")) inside = line == kPublicTitle;
    if (!inside) continue;
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      if (end == std::string::npos) break;
      const std::string name = line.substr(at + 1, end - at - 1);
      if (is_header(name)) headers.push_back(folder_of(readme.path) + "/" + name);
      at = end;
    }
  }
  return headers;
}

struct Listing {
  std::set<std::string> headers;
  std::set<std::string> libraries;  // those that list any
};

Listing check_readmes(const std::vector<Source>& tree, Findings& findings) {
  std::set<std::string> files;
  for (const Source& source : tree) files.insert(source.path);
  Listing listing;
  for (const Source& source : tree) {
    const std::string folder = folder_of(source.path);
    if (!source.path.ends_with("/README.md") || folder == "docs") continue;
    const int lines = static_cast<int>(lines_of(source.text).size());
    if (lines > kReadmeLinesMax) {
      findings.push_back({source.path, kReadmeLinesMax + 1, "folder-readme",
                          std::to_string(lines) + " lines, at most " +
                              std::to_string(kReadmeLinesMax) + ": the rest belongs in docs/"});
    }
    for (const std::string& header : listed_headers(source)) {
      if (!files.contains(header)) {
        findings.push_back({source.path, 1, "public-header", header + " does not exist"});
      }
      listing.headers.insert(header);
      listing.libraries.insert(library_of(header));
    }
  }
  return listing;
}

// A test may look inside the folder it mirrors: tests/store/ inside runtime/store/, tests/hook/
// and tests/packages/ inside hosts/ as tests/hosts/ does; a fuzzing target inside any.
bool mirrors(std::string_view path, const std::string& library) {
  if (library == "hosts" && is_within(path, "tests/hook")) return true;
  if (library == "hosts" && is_within(path, "tests/packages")) return true;
  if (library == "tools" && is_within(path, "tests/mcp")) return true;
  const std::size_t slash = library.rfind('/');
  const std::string name = slash == std::string::npos ? library : library.substr(slash + 1);
  return is_within(path, "tests/" + name) || is_within(path, "tests/support") ||
         is_within(path, "tests/fuzz");
}

void check_dependencies(const Source& header, Findings& findings) {
  for (const Token& token : header.tokens) {
    if (token.kind != TokenKind::directive || token.text.find("include") == std::string::npos)
      continue;
    for (std::string_view library : {"boost/beast", "sqlite3.h", "<lua", "valijson", "openssl/"}) {
      if (token.text.find(library) == std::string::npos) continue;
      findings.push_back(
          {header.path, token.line, "public-header",
           "a public header hides its libraries: declare forward, include in the .cpp"});
    }
  }
}

}  // namespace

Findings check_folders(const std::vector<Source>& tree) {
  Findings findings;
  const Listing listing = check_readmes(tree, findings);
  std::set<std::string> silent;  // libraries with headers, of which no README lists any
  for (const Source& source : tree) {
    if (listing.headers.contains(source.path)) check_dependencies(source, findings);
    const std::string library = library_of(source.path);
    if (!is_header(source.path) || library.empty() || listing.libraries.contains(library)) continue;
    if (!silent.insert(library).second) continue;
    findings.push_back({library + "/README.md", 1, "folder-readme",
                        "list the folder's headers for others under '" + std::string(kPublicTitle) +
                            "' as \"- `name.h`\""});
  }
  for (const Source& source : tree) {
    for (const Token& token : source.tokens) {
      const std::string path = included_path(token);
      const std::string library = library_of(path);
      if (!listing.libraries.contains(library) || listing.headers.contains(path)) continue;
      if (library == library_of(source.path) || mirrors(source.path, library)) continue;
      findings.push_back({source.path, token.line, "private-header",
                          path + " is not among the public headers of " + library + "/README.md"});
    }
  }
  return findings;
}

namespace {

bool is_name_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.';
}

bool names_file(std::string_view build, std::string_view name) {
  for (std::size_t at = build.find(name); at != std::string_view::npos;
       at = build.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool open = at == 0 || !is_name_part(build[at - 1]);
    if (open && (end == build.size() || !is_name_part(build[end]))) return true;
  }
  return false;
}

using Builds = std::map<std::string, std::string>;  // folder -> the text of its CMakeLists.txt

// Whether a CMakeLists.txt in a folder above `path` names it.
bool is_named_above(const Builds& builds, const std::string& path) {
  std::string folder = path;
  while (!folder.empty()) {
    folder = folder_of(folder);
    const auto build = builds.find(folder);
    if (build == builds.end()) continue;
    const std::string name = path.substr(folder.empty() ? 0 : folder.size() + 1);
    if (names_file(build->second, name)) return true;
  }
  return false;
}

}  // namespace

Findings check_dead_files(const std::vector<Source>& tree) {
  std::set<std::string> included;
  Builds builds;
  for (const Source& source : tree) {
    if (source.path.ends_with("CMakeLists.txt")) builds[folder_of(source.path)] = source.text;
    for (const Token& token : source.tokens) {
      const std::string path = included_path(token);
      if (!path.empty() && path != source.path) included.insert(path);
    }
  }
  Findings findings;
  for (const Source& source : tree) {
    if (is_header(source.path) && !included.contains(source.path)) {
      findings.push_back({source.path, 1, "dead-file", "nobody includes it: remove it"});
    }
    if (source.path.ends_with(".cpp") && !is_named_above(builds, source.path)) {
      findings.push_back({source.path, 1, "dead-file", "no CMakeLists.txt builds it"});
    }
  }
  for (const auto& [folder, text] : builds) {
    const bool stands_alone = text.find("\nproject(") != std::string::npos;
    if (folder.empty() || stands_alone || !builds.contains("") || is_named_above(builds, folder))
      continue;
    findings.push_back({folder + "/CMakeLists.txt", 1, "dead-file", "no folder above adds it"});
  }
  return findings;
}

}  // namespace yoke::tidy
