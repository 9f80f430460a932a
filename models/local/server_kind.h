#pragma once

#include <string>
#include <string_view>

namespace yoke::local {

// How the local servers differ that presets name.
struct ServerKind {
  std::string_view preset;
  std::string_view health;  // path, at the server's root, that answers 2xx once it is ready
  std::string_view
      slots_path;            // path whose JSON says in `total_slots` how many slots it has; empty
  int slots = 1;             // when nobody says how many
  bool keeps_alive = false;  // loads models by itself; keep_alive 0 makes it unload one
};

const ServerKind& server_kind(std::string_view preset);  // a general one when it is not known

// The root of a server whose API begins at `base_url`: "http://127.0.0.1:8080".
std::string root_of(std::string_view base_url);

// `text` with every "{port}" replaced.
std::string with_port(std::string text, int port);
bool names_port(std::string_view text);

}  // namespace yoke::local
