using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Sanctum.Client;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests;

/// <summary>A program's trace leads to the audit log and no further, and docs/telemetry.md lists what is measured.</summary>
public sealed partial class TelemetryTests
{
    private const string Secret = "sk-canary-9fQ2x7ZtPqLw0";

    private static readonly string[] _traceHeaders = ["traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context"];

    [Fact]
    public async Task A_requests_trace_is_in_the_audit_entry_and_not_at_the_service()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await vault.StartUpstreamAsync();
        await vault.StoreAsync("openai/api_key", Secret, service.Origin);
        await using var client = vault.CreateClient();
        using var http = new HttpClient(new SanctumHttpHandler(client, "openai/api_key"));

        using var program = new Activity("program").AddBaggage("user", "42").Start();
        program.TraceStateString = "vendor=1";
        await http.GetStringAsync(new Uri(service.Address, "v1/models"));
        program.Stop();

        Assert.DoesNotContain(service.RequireSingle().Headers, header => _traceHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase));
        Assert.Equal([program.TraceId.ToHexString()], await TracesAsync(vault, "use"));
    }

    [Fact]
    public async Task A_program_can_not_send_a_trace_to_the_service_by_itself()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await vault.StartUpstreamAsync();
        await vault.StoreAsync("openai/api_key", Secret, service.Origin);
        await using var client = vault.CreateClient();
        using var http = new HttpClient(new SanctumHttpHandler(client, "openai/api_key"));
        foreach (var whole in (bool[])[true, false])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "v1/models"));
            request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
            request.Headers.Add("X-B3-TraceId", "4bf92f3577b34da6a3ce929d0e0e4736");
            using var response = whole ? await client.SendAsync("openai/api_key", request) : await http.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.Equal(2, service.Requests.Count);
        Assert.All(service.Requests, sent => Assert.DoesNotContain(sent.Headers, header => header.Value.Contains("4bf92f3577b34da6a3ce929d0e0e4736", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_calls_trace_is_in_the_audit_entry_and_its_span_names_only_the_method()
    {
        using var spans = new Spans();
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("db/main", Secret);
        await using var client = vault.CreateClient();
        using var program = new Activity("program").Start();
        Assert.Equal(Secret, await client.RetrieveAsync("db/main"));
        await Assert.ThrowsAsync<CredentialNotFoundException>(() => client.RetrieveAsync("db/other"));
        program.Stop();

        Assert.Equal(program.TraceId.ToHexString(), (await TracesAsync(vault, "retrieve"))[0]);
        var own = spans.All.Where(span => span.TraceId == program.TraceId).ToList();
        Assert.Contains(own, span => span is { OperationName: "retrieve", Kind: ActivityKind.Client });
        Assert.Contains(own, span => span is { OperationName: "retrieve", Kind: ActivityKind.Server });
        Assert.Contains(own, span => Equals(span.GetTagItem("error.type"), "CREDENTIAL_NOT_FOUND"));
        Assert.All(own, span => Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("db/", StringComparison.Ordinal) || $"{tag.Value}".Contains(Secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_document_lists_each_measurement_with_its_meter_kind_unit_and_labels()
    {
        var (instruments, labels) = (new ConcurrentDictionary<string, string>(StringComparer.Ordinal), new ConcurrentDictionary<(string, string), bool>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Name.StartsWith("Sanctum.", StringComparison.Ordinal))
                {
                    instruments[instrument.Name] = $"{instrument.Meter.Name}|{Kind(instrument)}|{instrument.Unit}";
                    it.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        await A_requests_trace_is_in_the_audit_entry_and_not_at_the_service();
        await A_calls_trace_is_in_the_audit_entry_and_its_span_names_only_the_method();

        var rows = Rows().Matches(File.ReadAllText(Path.Join(Root(), "docs", "telemetry.md"))).ToDictionary(row => row.Groups["name"].Value, StringComparer.Ordinal);
        Assert.Equal(
            instruments.OrderBy(it => it.Key, StringComparer.Ordinal).Select(it => $"{it.Key}|{it.Value}"),
            rows.Values.Select(row => $"{row.Groups["name"]}|{row.Groups["meter"]}|{row.Groups["kind"]}|{row.Groups["unit"]}").Order(StringComparer.Ordinal));
        Assert.NotEmpty(labels);
        Assert.All(labels.Keys, label => Assert.Contains($"`{label.Item2}`", rows[label.Item1].Groups["labels"].Value, StringComparison.Ordinal));

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                labels[(instrument.Name, tag.Key)] = true;
            }
        }
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "Counter" => "counter",
        "ObservableUpDownCounter" => "up-down counter",
        "ObservableGauge" => "gauge",
        var other => other,
    };

    private static async Task<List<string?>> TracesAsync(TestVault vault, string action)
    {
        List<string?> traces = [];
        await foreach (var entry in vault.Vault.Audit.ReadAsync(vault.Operator))
        {
            if (entry.Action == action)
            {
                traces.Add(entry.TraceId);
            }
        }

        return traces;
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "..", ".."));

    [GeneratedRegex(@"^\| `(?<name>[\w.]+)` \| `(?<meter>Sanctum\.\w+)` \| (?<kind>[\w -]+?) \| ?(?<unit>[^|\s]*) \|(?<labels>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    private sealed class Spans : IDisposable
    {
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name.StartsWith("Sanctum.", StringComparison.Ordinal),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = All.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentQueue<Activity> All { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
