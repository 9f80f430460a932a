#include "sandbox/jail/layers.h"

#include <array>

namespace yoke::sandbox {

namespace {

struct Flag {
  const char* key;
  const char* words;
  bool Layers::*is_on;
};

constexpr std::array kFlags{
    Flag{"seccomp", "seccomp", &Layers::seccomp},
    Flag{"no_new_privileges", "no new privileges", &Layers::no_new_privileges},
    Flag{"no_capabilities", "no capabilities", &Layers::no_capabilities},
    Flag{"limits", "resource limits", &Layers::limits},
    Flag{"user_namespace", "user namespace", &Layers::user_namespace},
    Flag{"network_namespace", "network namespace", &Layers::network_namespace},
    Flag{"process_namespace", "process namespace", &Layers::process_namespace},
    Flag{"ipc_namespace", "IPC namespace", &Layers::ipc_namespace},
    Flag{"empty_root", "empty root folder", &Layers::empty_root},
};

constexpr const char* kLandlock = "landlock_abi";

}  // namespace

Json to_json(const Layers& layers) {
  Json value = Json::object();
  for (const Flag& flag : kFlags) value[flag.key] = layers.*flag.is_on;
  value[kLandlock] = layers.landlock_abi;
  return value;
}

Result<Layers> layers_from_json(const Json& value) {
  Layers layers;
  for (const Flag& flag : kFlags) {
    const Json& item = member_at(value, flag.key);
    if (!item.is_boolean()) {
      return Error{Errc::invalid, std::string("the layers: '") + flag.key + "' is no boolean"};
    }
    layers.*flag.is_on = item.get<bool>();
  }
  const Json& abi = member_at(value, kLandlock);
  if (!abi.is_number_integer() || value.size() != kFlags.size() + 1) {
    return Error{Errc::invalid, "the layers: not the fields that are known"};
  }
  layers.landlock_abi = abi.get<int>();
  return layers;
}

LayerNames names_of(const Layers& layers) {
  LayerNames names;
  for (const Flag& flag : kFlags) {
    (layers.*flag.is_on ? names.active : names.missing).emplace_back(flag.words);
  }
  if (layers.landlock_abi > 0) {
    names.active.push_back("Landlock (ABI " + std::to_string(layers.landlock_abi) + ")");
  } else {
    names.missing.emplace_back("Landlock");
  }
  return names;
}

}  // namespace yoke::sandbox
