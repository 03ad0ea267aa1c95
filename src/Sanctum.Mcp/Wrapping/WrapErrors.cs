using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sanctum.Client;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Mcp.Wrapping;

/// <summary>A request of the host's gets an error from the wrapper, and not a response from the server.</summary>
internal sealed class WrapException(int number, string code, string message, string? suggestion = null, ToolChanges? changes = null) : Exception(message)
{
    public int Number => number;

    public string Code => code;

    public string? Suggestion => suggestion;

    public ToolChanges? Changes => changes;
}

/// <summary>What the wrapper tells the host in place of a response.</summary>
internal static class WrapErrors
{
    /// <summary>The number of all that is not JSON-RPC's own. What it is, <c>data.code</c> says.</summary>
    public const int Refused = -32050;

    public const int ParseError = -32700, InvalidRequest = -32600, InvalidParams = -32602;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static WrapException Changed(string server, ToolChanges changes, string command) => new(
        Refused, "TOOLS_CHANGED", $"the tools of '{server}' are not those that were accepted ({changes})", $"look at the difference and accept it: {command}", changes);

    public static WrapException Unlisted(string server, string why) => new(
        Refused, "TOOLS_UNKNOWN", $"'{server}' did not say which tools it has: {why}", "try again; if it goes on, start the server by itself and look");

    public static WrapException Silent(string server, TimeSpan waited) => new(
        Refused, "SERVER_SILENT", $"'{server}' has not responded for {waited.TotalSeconds:0} seconds", "try again; if it goes on, start the server by itself and look");

    public static WrapException UnknownTool(string server) => new(InvalidParams, "UNKNOWN_TOOL", $"'{server}' has no tool of this name", "list the tools again");

    public static WrapException Ended(string server) => new(Refused, "SERVER_ENDED", $"'{server}' ended before it responded", "try again: it is started again then");

    public static WrapException StaysEnded(string server, int times) => new(
        Refused, "SERVER_ENDED", $"'{server}' has ended {times} times in ten minutes, and is not started again", "look at what it writes to its standard error; then start the host again");

    public static WrapException NotStarted(string server, string why) => new(Refused, "SERVER_ENDED", $"'{server}' could not be started again: {why}");

    public static WrapException TooLong(string server, int most) => new(
        Refused, "RESPONSE_TOO_LARGE", $"'{server}' responded with more than {most} bytes, or with what is no message", "ask for less at once");

    public static WrapException NotSearchable(string server) => new(
        Refused, "RESPONSE_WITHHELD", $"what '{server}' responded with could not be searched for secrets", "ask for less at once");

    public static WrapException TooMany(int most) => new(Refused, "RATE_LIMITED", $"at most {most} requests at once", "wait for some of them");

    public static WrapException Repeated() => new(InvalidRequest, "INVALID_REQUEST", "a request with this id is still running");

    public static WrapException NoToolNamed() => new(InvalidParams, "INVALID_PARAMS", "tools/call has the tool's name in 'name'");

    public static WrapException NoneGranted(string server, string agent) => new(
        Refused,
        "ACCESS_DENIED",
        $"no policy lets this agent call a tool of '{server}'",
        $"ask the operator for a policy: sanctum policy add {server}-tools --principal agent:{agent} --resources 'tool:{server}/*' --actions call");

    public static WrapException Of(VaultException refused) => new(Refused, refused.Code, refused.Message, refused.Suggestion);

    public static WrapException Of(PinException unusable) => new(Refused, "TOOLS_UNKNOWN", $"the tools that were accepted can't be compared: {unusable.Message}", "restore the file or remove it; removed, the tools are accepted anew");

    /// <summary>The message.</summary>
    /// <param name="error">What to say.</param>
    /// <param name="server">What the operator calls the server.</param>
    /// <param name="id">The request's; null where it has none that is known.</param>
    public static byte[] Message(WrapException error, string server, JsonElement? id)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            writer.WritePropertyName("id");
            if (id is { } known)
            {
                writer.WriteRawValue(known.GetRawText());
            }
            else
            {
                writer.WriteNullValue();
            }

            writer.WriteStartObject("error");
            writer.WriteNumber("code", error.Number);

            // A host shows the message, and mostly nothing else.
            writer.WriteString("message", $"{error.Code}: {error.Message}{(error.Suggestion is null ? "" : $". {error.Suggestion}")}");
            writer.WriteStartObject("data");
            writer.WriteString("code", error.Code);
            writer.WriteString("server", server);
            if (error.Suggestion is not null)
            {
                writer.WriteString("suggestion", error.Suggestion);
            }

            if (error.Changes is { } changes)
            {
                WriteNames(writer, "added", changes.Added);
                WriteNames(writer, "removed", changes.Removed);
                WriteNames(writer, "changed", changes.Changed);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    private static void WriteNames(Utf8JsonWriter writer, string member, IReadOnlyList<string> names)
    {
        const int Most = 100;
        writer.WriteStartArray(member);
        foreach (var name in names.Take(Most))
        {
            writer.WriteStringValue(Cleaning.HiddenText.Show(name));
        }

        writer.WriteEndArray();
    }
}
