using System.Text.Json;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol;

/// <summary>Reads a request token by token, within limits: nothing is made of what is over them.</summary>
internal ref struct RequestTokens
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = FrameLimits.Depth };

    private Utf8JsonReader _reader;
    private int _left;

    /// <param name="json">The whole of it.</param>
    /// <param name="most">How many tokens to read.</param>
    public RequestTokens(ReadOnlyMemory<byte> json, int most)
    {
        _reader = new Utf8JsonReader(JsonPieces.Of(json), Options);
        _left = most;
    }

    /// <summary>The next token; false at the end.</summary>
    /// <exception cref="RpcException">A limit is reached; the code is <see cref="ErrorCode.InvalidRequest"/>.</exception>
    public bool Read()
    {
        if (!_reader.Read())
        {
            return false;
        }

        if (--_left < 0)
        {
            throw RpcRequest.Invalid("the request has too many members and values", "params");
        }

        switch (_reader.TokenType)
        {
            case JsonTokenType.PropertyName when Length > FrameLimits.MemberName:
                throw RpcRequest.Invalid($"a member's name has at most {FrameLimits.MemberName} bytes");
            case JsonTokenType.Number when Length > FrameLimits.Number:
                throw RpcRequest.Invalid($"a number has at most {FrameLimits.Number} digits");
            case JsonTokenType.PropertyName or JsonTokenType.String when _reader.ValueIsEscaped:
                Surrogates.Require(_reader.ValueSpan);
                break;
        }

        return true;
    }

    public readonly JsonTokenType Type => _reader.TokenType;

    /// <summary>The token's length as it is written, without quotes.</summary>
    public readonly int Length => _reader.ValueSpan.Length;

    public readonly int Depth => _reader.CurrentDepth;

    public readonly int Start => (int)_reader.TokenStartIndex;

    public readonly int End => (int)_reader.BytesConsumed;

    public readonly bool Is(ReadOnlySpan<byte> text) => _reader.ValueTextEquals(text);

    public readonly bool TryGetInt64(out long number) => _reader.TryGetInt64(out number);

    /// <summary>The string that the token is.</summary>
    public readonly string Text() => _reader.GetString()!;

    /// <summary>Reads to the end of the value that begins with this token.</summary>
    public void Skip()
    {
        var depth = _reader.CurrentDepth;
        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            while (Read() && _reader.CurrentDepth > depth)
            {
            }
        }
    }
}
