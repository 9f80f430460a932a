#include "runtime/http/inflate.h"

#include <zlib.h>

#include <array>

namespace yoke {
namespace {

constexpr int kGzipOnly = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

Error bad_data() { return Error{Errc::invalid, "the compressed data is damaged"}; }

// "deflate" means zlib by the standard, and raw deflate to some servers: the first byte tells.
bool is_zlib_header(unsigned char first) { return (first & 0x0f) == 8 && first >> 4 <= 7; }

}  // namespace

struct Inflater::State {
  explicit State(Format wanted) : format(wanted) {}
  ~State() {
    if (ready) inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool start(unsigned char first) {
    int window = kGzipOnly;
    if (format == Format::deflate) window = is_zlib_header(first) ? kZlib : kRaw;
    ready = inflateInit2(&stream, window) == Z_OK;
    return ready;
  }

  Format format;
  z_stream stream{};
  bool ready = false;
  bool ended = true;
};

Inflater::Inflater(Format format) : state_(std::make_unique<State>(format)) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

bool Inflater::at_end() const { return state_->ended; }

Result<void> Inflater::feed(std::string_view bytes, const Sink& sink) {
  if (bytes.empty()) return {};
  z_stream& stream = state_->stream;
  if (!state_->ready && !state_->start(static_cast<unsigned char>(bytes.front())))
    return bad_data();
  std::array<char, 16 * 1024> out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    if (state_->ended && stream.total_in > 0) {
      // Gzip may hold several members; after a zlib stream nothing may follow.
      if (stream.avail_in == 0) return {};
      if (state_->format != Format::gzip || inflateReset(&stream) != Z_OK) return bad_data();
    }
    state_->ended = false;
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return bad_data();
    const std::size_t produced = out.size() - stream.avail_out;
    if (produced > 0 && !sink(std::string_view(out.data(), produced))) {
      return Error{Errc::exhausted, "no more is wanted"};
    }
    state_->ended = status == Z_STREAM_END;
    const bool used_up = stream.avail_in == 0 && stream.avail_out > 0;
    if (!state_->ended && (used_up || status == Z_BUF_ERROR)) return {};
  }
}

}  // namespace yoke
