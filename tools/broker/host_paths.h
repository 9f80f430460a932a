#pragma once

#include <string>
#include <string_view>
#include <vector>

struct stat;

namespace yoke {

// What a project's settings put into its folder. Paths are relative to that folder, or absolute.
struct HostFiles {
  std::vector<std::string> hidden = {};   // never read nor written: the store, files of secrets
  std::vector<std::string> scripts = {};  // files and folders of code
};

// What lies in the project's folder but is the host's, or another script's code.
//
// Threads: any.
class HostPaths {
 public:
  HostPaths() = default;  // what has a fixed name alone
  HostPaths(const std::string& project, const HostFiles& files);

  // True when no grant reaches `path` (in normal form), without regard to case.
  bool hides(std::string_view path) const;
  // The same of what a name led to: another name of a hidden file is no way to it.
  bool hides(const struct stat& facts) const;
  // True when `path` is code, and `grant` is so wide that whoever gave it did not mean code: it
  // names neither that file nor a folder of scripts. Else a tool could rewrite another, and have
  // its grants.
  bool guards_code(std::string_view path, std::string_view grant) const;

 private:
  std::vector<std::string> hidden_;        // in normal form and lower case
  std::vector<std::string> scripts_;       // the same
  std::vector<std::string> hidden_files_;  // absolute
};

}  // namespace yoke
