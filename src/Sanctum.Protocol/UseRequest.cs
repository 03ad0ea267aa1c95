using System.Text.Json;

namespace Sanctum.Protocol;

/// <summary>
/// What <c>use</c> and <c>credential.use</c> ask for. The operation's own parameters are bytes: nothing is made of them before it has
/// been decided that the agent may use the credential.
/// </summary>
/// <param name="Path">The credential's path, as sent.</param>
/// <param name="Operation">The operation's name, as sent.</param>
/// <param name="SessionId">The session's id, where it was sent.</param>
/// <param name="Params">The operation's parameters: one JSON value, a view of the request. Empty when they were left out or null.</param>
public readonly record struct UseRequest(string Path, string Operation, string? SessionId, ReadOnlyMemory<byte> Params)
{
    // As they are written: a path has at most 512 characters, and each can be an escape of six.
    private const int LongestPath = 6 * 512;
    private const int LongestName = 6 * 64;

    private static readonly string[] WithSession = ["path", "operation", "session_id", "params"];
    private static readonly string[] WithoutSession = ["path", "operation", "params"];

    /// <summary>Says what for, never the parameters.</summary>
    public override string ToString() => nameof(UseRequest);

    // What is read here has passed RpcRequest.Parse: it is well-formed, and every text in it is text.
    internal static UseRequest Read(ReadOnlyMemory<byte> json, bool takesSession)
    {
        if (json.IsEmpty)
        {
            throw Missing("path");
        }

        string? path = null, operation = null, session = null;
        ReadOnlyMemory<byte> parameters = default;
        bool hasSession = false, hasParams = false;
        var reader = new RequestTokens(json, int.MaxValue);
        reader.Read();
        while (reader.Read() && reader.Type == JsonTokenType.PropertyName)
        {
            if (reader.Is("path"u8))
            {
                Once(path is not null, "path");
                path = Text(ref reader, "path", LongestPath) ?? throw Missing("path");
            }
            else if (reader.Is("operation"u8))
            {
                Once(operation is not null, "operation");
                operation = Text(ref reader, "operation", LongestName) ?? throw Missing("operation");
            }
            else if (takesSession && reader.Is("session_id"u8))
            {
                Once(hasSession, "session_id");
                (hasSession, session) = (true, Text(ref reader, "session_id", LongestName));
            }
            else if (reader.Is("params"u8))
            {
                Once(hasParams, "params");
                reader.Read();
                var (start, isNull) = (reader.Start, reader.Type == JsonTokenType.Null);
                reader.Skip();
                (hasParams, parameters) = (true, isNull ? default : json[start..reader.End]);
            }
            else
            {
                throw InvalidParams.Unknown(reader.Length <= LongestName ? reader.Text() : null, takesSession ? WithSession : WithoutSession);
            }
        }

        return new UseRequest(path ?? throw Missing("path"), operation ?? throw Missing("operation"), session, parameters);
    }

    private static string? Text(ref RequestTokens reader, string member, int longest)
    {
        reader.Read();
        return reader.Type switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String when reader.Length <= longest => reader.Text(),
            JsonTokenType.String => throw InvalidParams.Of(member, $"'{member}' is too long"),
            _ => throw InvalidParams.Of(member, $"'{member}' must be a string"),
        };
    }

    private static void Once(bool seen, string member)
    {
        if (seen)
        {
            throw InvalidParams.Of(member, $"'{member}' is repeated");
        }
    }

    private static RpcException Missing(string member) => InvalidParams.Of(member, $"'{member}' is missing");
}
