#include "sandbox/value.h"

#include <cmath>
#include <limits>

#include "runtime/base/text.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

class ValueWriter {
 public:
  explicit ValueWriter(lua_State* L) : L_(L), context_(context_of(L)) {}

  void push_value(const Json& value, int depth) {
    switch (value.type()) {
      case Json::value_t::boolean:
        lua_pushboolean(L_, value.get<bool>() ? 1 : 0);
        return;
      case Json::value_t::number_integer:
        lua_pushinteger(L_, value.get<std::int64_t>());
        return;
      case Json::value_t::number_unsigned:
        push_unsigned(value.get<std::uint64_t>());
        return;
      case Json::value_t::number_float:
        lua_pushnumber(L_, value.get<double>());
        return;
      case Json::value_t::string:
        push_text(value.get_ref<const std::string&>());
        return;
      case Json::value_t::array:
        push_list(value, depth);
        return;
      case Json::value_t::object:
        push_object(value, depth);
        return;
      default:
        lua_pushlightuserdata(L_, nullptr);
        return;
    }
  }

 private:
  // An integer that Lua's do not hold becomes the nearest float.
  void push_unsigned(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      lua_pushinteger(L_, static_cast<lua_Integer>(value));
    } else {
      lua_pushnumber(L_, static_cast<double>(value));
    }
  }

  void push_text(const std::string& text) {
    context_.check_string(L_, text.size());
    push(L_, text);
  }

  void enter_container(const Json& value, int depth) {
    luaL_checkstack(L_, 4, "a JSON value is nested too deeply");
    nodes_ += static_cast<std::int64_t>(value.size());
    if (depth >= context_.quota().json_depth_max) {
      luaL_error(L_, "a JSON value is nested more than %d deep", depth);
    }
    if (nodes_ > context_.quota().json_nodes_max) {
      luaL_error(L_, "a JSON value has more than %I parts",
                 static_cast<LUAI_UACINT>(context_.quota().json_nodes_max));
    }
    context_.charge(L_, 1 + static_cast<std::int64_t>(value.size()));
  }

  void push_list(const Json& value, int depth) {
    enter_container(value, depth);
    lua_createtable(L_, static_cast<int>(value.size()), 0);
    lua_Integer index = 0;
    for (const Json& item : value) {
      push_value(item, depth + 1);
      lua_rawseti(L_, -2, ++index);
    }
    push_array_mark(L_);
    lua_setmetatable(L_, -2);
  }

  void push_object(const Json& value, int depth) {
    enter_container(value, depth);
    lua_createtable(L_, 0, static_cast<int>(value.size()));
    for (auto member = value.begin(); member != value.end(); ++member) {
      push_text(member.key());
      push_value(member.value(), depth + 1);
      lua_rawset(L_, -3);
    }
  }

  lua_State* L_;
  Context& context_;
  std::int64_t nodes_ = 0;
};

// Where in the value the reader is; the chain of tables it is inside.
struct Place {
  const Place* outer = nullptr;
  const void* table = nullptr;
  std::string_view key = {};
  lua_Integer index = 0;  // of a list item; 0 for a member
};

class Reader {
 public:
  Reader(lua_State* L, const ReadOptions& options)
      : L_(L), context_(context_of(L)), options_(options) {}

  Reading read(int index) {
    read_value(index, {}, reading_.value, 0);
    if (!reading_.problem.empty()) reading_.value = nullptr;
    reading_.bytes = bytes_;
    return std::move(reading_);
  }

 private:
  bool read_value(int index, const Place& place, Json& out, int depth) {
    switch (lua_type(L_, index)) {
      case LUA_TNIL:
        out = nullptr;
        return spend(place, 4);
      case LUA_TBOOLEAN:
        out = lua_toboolean(L_, index) != 0;
        return spend(place, 5);
      case LUA_TNUMBER:
        return read_number(index, place, out);
      case LUA_TSTRING:
        return read_text(text_at(L_, index), place, out);
      case LUA_TTABLE:
        return read_table(lua_absindex(L_, index), place, out, depth);
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L_, index) != nullptr) return fail(place, "is no plain data");
        out = nullptr;
        return spend(place, 4);
      case LUA_TFUNCTION:
        return fail(place, "is a function");
      case LUA_TTHREAD:
        return fail(place, "is a coroutine");
      default:
        return fail(place, "is no plain data");
    }
  }

  bool read_number(int index, const Place& place, Json& out) {
    if (lua_isinteger(L_, index) != 0) {
      out = static_cast<std::int64_t>(lua_tointeger(L_, index));
      return spend(place, 8);
    }
    const double value = lua_tonumber(L_, index);
    if (!std::isfinite(value)) return fail(place, "is not a finite number");
    out = value;
    return spend(place, 12);
  }

  bool read_text(std::string_view text, const Place& place, Json& out) {
    if (!spend(place, text.size() + 2)) return false;
    if (!is_valid_utf8(text)) return fail(place, "is a string that is not UTF-8");
    out = std::string(text);
    return true;
  }

  bool read_table(int table, const Place& place, Json& out, int depth) {
    if (depth >= context_.quota().json_depth_max) return fail(place, "is nested too deeply");
    if (lua_checkstack(L_, 6) == 0) return fail(place, "is nested too deeply");
    const void* identity = lua_topointer(L_, table);
    for (const Place* at = &place; at != nullptr; at = at->outer) {
      if (at->table == identity) return fail(place, "contains itself");
    }
    const auto length = static_cast<lua_Integer>(lua_rawlen(L_, table));
    if (length > 0 || is_marked(table)) return read_list(table, place, out, depth, length);
    return read_object(table, place, out, depth);
  }

  bool is_marked(int table) {
    if (lua_getmetatable(L_, table) == 0) return false;
    const bool marked = is_array_mark(L_, -1);
    lua_pop(L_, 1);
    return marked;
  }

  // All keys are 1..length: exactly that many, each an integer within.
  bool check_list(int table, const Place& place, lua_Integer length) {
    lua_Integer count = 0;
    lua_pushnil(L_);
    while (lua_next(L_, table) != 0) {
      lua_pop(L_, 1);
      ++count;
      const lua_Integer key = lua_isinteger(L_, -1) != 0 ? lua_tointeger(L_, -1) : 0;
      if (key >= 1 && key <= length) continue;
      const bool hole = key > length;
      lua_pop(L_, 1);
      return fail(place, hole ? "is a list with holes" : "mixes list items and named fields");
    }
    return count == length || fail(place, "is a list with holes");
  }

  bool read_list(int table, const Place& place, Json& out, int depth, lua_Integer length) {
    if (!count_nodes(place, length) || !check_list(table, place, length)) return false;
    out = Json::array();
    auto& items = out.get_ref<Json::array_t&>();
    items.reserve(static_cast<std::size_t>(length));
    for (lua_Integer i = 1; i <= length; ++i) {
      lua_rawgeti(L_, table, i);
      const Place inner{&place, lua_topointer(L_, table), {}, i};
      const bool good = read_value(lua_gettop(L_), inner, items.emplace_back(), depth + 1);
      lua_pop(L_, 1);
      if (!good) return false;
    }
    return spend(place, 2);
  }

  bool read_object(int table, const Place& place, Json& out, int depth) {
    out = Json::object();
    auto& members = out.get_ref<Json::object_t&>();
    lua_pushnil(L_);
    while (lua_next(L_, table) != 0) {
      if (lua_type(L_, -2) != LUA_TSTRING) {
        lua_pop(L_, 2);
        return fail(place, "has a key that is neither a string nor a place in a list");
      }
      const Place inner{&place, lua_topointer(L_, table), text_at(L_, -2), 0};
      if (!read_member(inner, members, depth)) {
        lua_pop(L_, 2);
        return false;
      }
      lua_pop(L_, 1);
    }
    return spend(place, 2);
  }

  // Stack: the key, its value.
  bool read_member(const Place& place, Json::object_t& members, int depth) {
    if (depth == 0 && options_.without_functions && lua_isfunction(L_, -1)) return true;
    if (!count_nodes(place, 2) || !spend(place, place.key.size() + 4)) return false;
    if (!is_valid_utf8(place.key)) return fail(*place.outer, "has a key that is not UTF-8");
    Json& value = members[std::string(place.key)];
    return read_value(lua_gettop(L_), place, value, depth + 1);
  }

  bool count_nodes(const Place& place, lua_Integer more) {
    nodes_ += more;
    return nodes_ <= context_.quota().json_nodes_max || fail(place, "brings it to too many parts");
  }

  bool spend(const Place& place, std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= options_.bytes_max) return true;
    reading_.too_large = true;
    return fail(place, "brings it over the size allowed");
  }

  bool fail(const Place& place, const char* what) {
    if (reading_.problem.empty()) reading_.problem = path_of(place) + " " + what;
    return false;
  }

  std::string path_of(const Place& place) const {
    if (place.outer == nullptr) return options_.root;
    if (place.index > 0) return path_of(*place.outer) + "[" + std::to_string(place.index) + "]";
    return path_of(*place.outer) + "." + shorten(to_valid_utf8(place.key.substr(0, 200)), 60);
  }

  lua_State* L_;
  Context& context_;
  const ReadOptions& options_;
  Reading reading_;
  std::size_t bytes_ = 0;
  std::int64_t nodes_ = 0;
};

}  // namespace

void push_json(lua_State* L, const Json& value) {
  luaL_checkstack(L, 4, "a JSON value");
  ValueWriter(L).push_value(value, 0);
}

Reading read_json(lua_State* L, int index, const ReadOptions& options) {
  Reading reading = Reader(L, options).read(lua_absindex(L, index));
  governor_of(L).charge(L, 1 + static_cast<std::int64_t>(reading.bytes / 8));
  return reading;
}

}  // namespace yoke::sandbox
