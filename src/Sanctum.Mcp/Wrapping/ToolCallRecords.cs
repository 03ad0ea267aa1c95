using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Sanctum.Client;

namespace Sanctum.Mcp.Wrapping;

/// <summary>Tells the vault what has become of calls of tools, one after another, behind what the host waits for. That a call was let is recorded before it is made.</summary>
internal sealed class ToolCallRecords : IAsyncDisposable
{
    private const int MostWaiting = 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestCall = TimeSpan.FromDays(1);

    private readonly SanctumClient _vault;
    private readonly WrapOptions _options;
    private readonly Channel<(string Tool, ToolReport Report)> _waiting = Channel.CreateBounded<(string, ToolReport)>(MostWaiting);
    private readonly Task _writing;
    private int _lost;

    public ToolCallRecords(SanctumClient vault, WrapOptions options)
    {
        (_vault, _options) = (vault, options);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>A call was not made, since the server's tools have changed.</summary>
    public void Refused(string tool) => Add(tool, new ToolReport("changed", TimeSpan.Zero));

    /// <summary>A request has ended. Only calls are recorded.</summary>
    public void Add(Pending ended, string result, int redacted, int escaped)
    {
        if (ended.Kind == PendingKind.Call)
        {
            var took = _options.Time.GetElapsedTime(ended.StartedAt);
            Add(ended.Tool, new ToolReport(result, took < LongestCall ? took : LongestCall, redacted, escaped));
        }
    }

    /// <summary>Records the response to a call.</summary>
    /// <returns>It, as the host gets it: where hidden characters are shown, it says so at its end.</returns>
    public ReadOnlyMemory<byte> Result(ServerMessage received, Pending call)
    {
        var message = received.Shown!;
        var result = message.Root.TryGetProperty("result", out var its) && its.ValueKind == JsonValueKind.Object ? its : default;
        var hasFailed = result.ValueKind == JsonValueKind.Undefined || (result.TryGetProperty("isError", out var failed) && failed.ValueKind == JsonValueKind.True);
        Add(call, hasFailed ? "failed" : "ok", received.Redacted, received.Escaped);
        return received.Escaped == 0 || result.ValueKind == JsonValueKind.Undefined || !result.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array
            ? message.Bytes
            : JsonEdit.WithItems(message.Root, "content", (writer, items) =>
            {
                foreach (var item in items.EnumerateArray())
                {
                    writer.WriteRawValue(item.GetRawText(), skipInputValidation: true);
                }

                writer.WriteStartObject();
                writer.WriteString("type", "text");
                writer.WriteString("text", string.Create(CultureInfo.InvariantCulture, $"[sanctum: hidden characters in this result are shown escaped: {received.Escaped}]"));
                writer.WriteEndObject();
            });
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(Farewell).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Add(string tool, ToolReport report)
    {
        if (!_waiting.Writer.TryWrite((tool, report)))
        {
            _lost++;
        }
    }

    private async Task WriteAsync()
    {
        await foreach (var (tool, report) in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await _vault.ReportToolAsync(_options.Pins.Server, tool, report).ConfigureAwait(false);
            }
            catch (Exception refused) when (refused is VaultException or ArgumentException or ObjectDisposedException)
            {
                _options.Note($"what became of a call could not be recorded: {refused.Message}");
            }

            if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
            {
                _options.Note($"what became of {lost} calls could not be recorded: there were too many at once");
            }
        }
    }
}
