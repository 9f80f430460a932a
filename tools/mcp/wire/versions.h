#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace yoke::mcp {

// The two shapes of the protocol. Legacy: a handshake (`initialize`), sessions, requests of the
// server's own. Modern: every request says all about itself, and a server asks in its results.
enum class Era : std::uint8_t { legacy, modern };
std::string_view name_of(Era era);

// Revisions are dates: text order is order in time.
inline constexpr std::string_view kModernVersion = "2026-07-28";
inline constexpr std::string_view kLegacyVersion = "2025-11-25";  // the newest with a handshake
// The first whose HTTP requests carry the version in a header; a request without one is older.
inline constexpr std::string_view kFirstVersionInHeader = "2025-06-18";

// Those that both of our sides speak, the newest first.
std::span<const std::string_view> versions(Era era);
std::optional<Era> era_of(std::string_view version);  // none: not one that we speak

// The newest that we and `offered` have in common; empty: none.
std::string_view common_version(std::span<const std::string_view> offered);

// What a server answers to an `initialize` that asks for `requested`: the same where we speak it
// with a handshake, else the newest such.
std::string_view legacy_answer(std::string_view requested);

}  // namespace yoke::mcp
