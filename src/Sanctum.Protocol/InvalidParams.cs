using System.Text.Json;

namespace Sanctum.Protocol;

/// <summary>Turns what the JSON reader says of bad parameters into the wire's error, naming the member.</summary>
public static class InvalidParams
{
    /// <summary>The error for one member.</summary>
    /// <param name="member">The member's name, as on the wire.</param>
    /// <param name="message">What is wrong with it.</param>
    /// <param name="inner">What revealed it, if anything.</param>
    public static RpcException Of(string member, string message, Exception? inner = null) => new(
        new RpcError(
            ErrorCode.InvalidParams,
            message,
            Suggestion: $"correct '{member}' and send the call again",
            Context: RpcContext.Of("member", member)),
        inner);

    internal static RpcException NotAnObject() => Of("params", "'params' must be an object");

    internal static RpcException TooLong(int most) => Of("params", $"this method's parameters can have at most {most} bytes");

    internal static RpcException Unknown(string? member, IEnumerable<string> known)
    {
        var rule = $"this method takes {Listed(known)}";
        return member is not null && MemberName.CanEcho(member)
            ? Of(member, $"unknown parameter '{member}': {rule}")
            : Of("params", $"unknown parameter: {rule}");
    }

    // The cause is not kept: its message can quote anything that was sent.
    internal static RpcException From(Exception malformed, IReadOnlyCollection<string> known) => MemberOf(malformed) switch
    {
        null => Of("params", "invalid parameters for this method"),
        { } member when known.Contains(member, StringComparer.Ordinal) => Of(member, $"'{member}' is missing, repeated or of the wrong type"),
        var unknown => Unknown(unknown, known),
    };

    private static string Listed(IEnumerable<string> known) => string.Join(", ", known) is { Length: > 0 } names ? names : "no parameters";

    // JsonException has the member in Path when a value is wrong ($.ttl) and only in its message, in quotes, when one is
    // missing, unknown or repeated. A test holds each of the four cases, so a change of the wording is noticed.
    private static string? MemberOf(Exception malformed)
    {
        var path = (malformed as JsonException)?.Path;
        if (path is { Length: > 2 })
        {
            return path[2..];
        }

        // All of them quote the member first, but for the one of what is missing, which quotes the type before it.
        var parts = malformed.Message.Split('\'', '"');
        var member = malformed.Message.StartsWith("JSON deserialization for type", StringComparison.Ordinal) ? 3 : 1;
        return parts.Length > member + 1 ? parts[member] : null;
    }
}
