#include "hosts/hook/telemetry/metrics.h"

#include <charconv>
#include <cmath>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kLabelBytesMax = 120;

const char* word_of(Metrics::Kind kind) {
  switch (kind) {
    case Metrics::Kind::counter:
      return "counter";
    case Metrics::Kind::gauge:
      return "gauge";
    case Metrics::Kind::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end.ptr);
}

std::string escaped(const std::string& text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    if (c == '\n') out += "\\n";
    if (c == '"' && quotes) out += "\\\"";
    if (c != '\\' && c != '\n' && (c != '"' || !quotes)) out += c;
  }
  return out;
}

// `{a="x",le="0.5"}`; empty without any.
std::string labels_text(const std::vector<std::string>& names, const Metrics::Values& values,
                        const std::string& le = {}) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (text.empty() ? "" : ",") + names[i] + "=\"" + escaped(values[i], true) + "\"";
  }
  if (!le.empty()) text += std::string(text.empty() ? "" : ",") + "le=\"" + le + "\"";
  return text.empty() ? text : "{" + text + "}";
}

}  // namespace

Metrics::Id Metrics::declare(Family family) {
  families_.push_back(Known{std::move(family), {}});
  return families_.size() - 1;
}

Metrics::Series& Metrics::series_of(Id family, const Values& values) {
  ENSURE(family < families_.size());
  Known& known = families_[family];
  ENSURE(values.size() == known.family.labels.size());
  Values shown;
  for (const std::string& value : values) {
    shown.push_back(shorten(to_valid_utf8(value), kLabelBytesMax));
  }
  const auto found = known.series.find(shown);
  if (found != known.series.end()) return found->second;
  if (known.series.size() + 1 >= kMetricSeriesMax) shown.assign(values.size(), "other");
  Series& series = known.series[shown];
  series.buckets.resize(known.family.buckets.size());
  return series;
}

void Metrics::add(Id family, const Values& values, double by) {
  series_of(family, values).value += by;
}

void Metrics::set(Id family, const Values& values, double value) {
  series_of(family, values).value = value;
}

void Metrics::observe(Id family, const Values& values, double value) {
  Series& series = series_of(family, values);
  const std::vector<double>& bounds = families_[family].family.buckets;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (value <= bounds[i]) ++series.buckets[i];
  }
  ++series.count;
  series.value += value;
}

void Metrics::clear(Id family) { families_[family].series.clear(); }

std::string Metrics::text() const {
  std::string out;
  for (const Known& known : families_) {
    const Family& family = known.family;
    out += "# HELP " + family.name + " " + escaped(family.help, false) + "\n";
    out += "# TYPE " + family.name + " " + word_of(family.kind) + "\n";
    for (const auto& [values, series] : known.series) {
      const std::string labels = labels_text(family.labels, values);
      if (family.kind != Kind::histogram) {
        out += family.name + labels + " " + number(series.value) + "\n";
        continue;
      }
      for (std::size_t i = 0; i < family.buckets.size(); ++i) {
        out += family.name + "_bucket" +
               labels_text(family.labels, values, number(family.buckets[i])) + " " +
               std::to_string(series.buckets[i]) + "\n";
      }
      out += family.name + "_bucket" + labels_text(family.labels, values, "+Inf") + " " +
             std::to_string(series.count) + "\n";
      out += family.name + "_sum" + labels + " " + number(series.value) + "\n";
      out += family.name + "_count" + labels + " " + std::to_string(series.count) + "\n";
    }
  }
  return out;
}

}  // namespace yoke
