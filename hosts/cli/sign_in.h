#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "hosts/cli/options.h"

// `yoke plugins login|logout`, `yoke mcp login|logout` and `yoke graph login|logout`.
namespace yoke {

struct SignInVerb {
  bool mcp = false;
  bool graph = false;  // Microsoft Graph
  std::string name;
  std::string tenant = "local";
  bool code = false;  // no browser here: the address that it ended at is pasted
  std::string timeout = "5m";
};

int sign_in(const CommonOptions& common, const SignInVerb& verb);
int sign_out(const CommonOptions& common, const SignInVerb& verb);

// Adds them to the groups `plugins`, `mcp` and `graph`, which are made where they are not there
// yet; what is chosen is put into `chosen`.
void add_sign_in(CLI::App& root, CommonOptions& common, SignInVerb& verb,
                 std::function<int()>& chosen);

}  // namespace yoke
