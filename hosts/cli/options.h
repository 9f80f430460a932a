#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hosts/app/options.h"

namespace yoke {

struct RunOptions {
  std::string agent;
  std::string task;
  bool plain = false;  // -p
  std::string session;
  bool go_on = false;  // -c
  std::string model;
  std::string limits;
  WhenAsked when_asked = WhenAsked::ask;
  std::vector<std::string> input;
  std::string input_json;
  std::vector<std::string> images;  // files or addresses
  std::string plan;                 // a file
  bool detach = false;
};

struct RunsOptions {
  std::string id;
  std::string other;  // diff: the second id
  std::string question;
  std::string value;
  std::string signal;               // its name
  std::optional<std::string> data;  // signal: JSON
  std::optional<std::string> key;   // signal
  std::string status;
  std::string session;
  std::string agent;
  int limit = 20;
  std::int64_t at = 0;
  std::string model;
  std::optional<std::string> result;
  std::string folder;  // images: where they are put
  bool follow = false;
  bool all = false;                       // list
  bool why = false;                       // show
  bool plan = false;                      // show
  bool drive = true;                      // fork: go on at once
  WhenAsked when_asked = WhenAsked::ask;  // erase: `yes` does not ask
};

struct ToolsOptions {
  std::string name;
  std::string json = "{}";
  std::vector<std::string> files;
  std::string path;    // add, types
  std::string filter;  // test
  bool all = false;    // grant
  bool force = false;  // add
  WhenAsked when_asked = WhenAsked::ask;
};

struct AgentsOptions {
  std::vector<std::string> files;
};

struct ModelsOptions {
  std::string route;                       // ask, embed
  std::string text;                        // ask
  std::string system;                      // ask
  std::string schema;                      // ask: a file
  std::vector<std::string> images;         // ask
  std::optional<double> temperature = {};  // ask
  std::int64_t max_tokens = 4096;          // ask
  std::vector<std::string> texts;          // embed
  bool query = false;                      // embed
  int dimensions = 0;                      // embed
  std::vector<std::string> routes;         // compare, and all below
  std::string prompts;                     // a file
  std::vector<std::string> runs;
  std::string checks;  // a file
  int repeat = 1;
  std::uint64_t seed = 1;
  int at_once = 4;
  std::string shadows;  // a route
  std::string since;
  bool again = false;        // judge the answers that are there anew
  std::string html;          // a file
  std::string limits;        // ask too
  bool presets = false;      // list
  std::string by = "model";  // spend, which takes `since` too
  std::string until;
};

struct KeysOptions {
  std::string name;
  std::string tenant;
  std::vector<std::string> scopes;
  std::string expires;
  std::string rate;
  std::string budget;
  std::vector<std::string> groups;
  std::vector<std::string> agents;
  std::vector<std::string> models;
  bool all = false;  // list
};

struct SchedulesOptions {
  std::string name;
  std::string tenant = "local";
};

struct PolicyOptions {
  std::string run;
  std::int64_t seq = 0;
};

struct InitOptions {
  std::string dir = ".";
};

}  // namespace yoke
