using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using Microsoft.Extensions.Primitives;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>The head of a CONNECT request (RFC 9110, section 9.3.6), read with Kestrel's own parser.</summary>
internal sealed class ConnectHead : IHttpRequestLineHandler, IHttpHeadersHandler
{
    /// <summary>The longest head, in bytes.</summary>
    public const int Longest = 16 * 1024;

    private const int MostHeaders = 100;

    private static readonly HttpParser<ConnectHead> Parser = new(showErrorDetails: false);

    private List<string> _authorizations = [];
    private int _headers;

    private ConnectHead()
    {
    }

    /// <summary>The target as it was sent.</summary>
    public string Target { get; private set; } = "";

    public bool IsHttp10 { get; private set; }

    /// <summary>Whether it announces a body, which a CONNECT request can't have.</summary>
    public bool HasBody { get; private set; }

    /// <summary>The <c>Proxy-Authorization</c> headers.</summary>
    public StringValues Authorization => new([.. _authorizations]);

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">All of it, with the empty line.</param>
    /// <exception cref="BadHttpRequestException">It is malformed.</exception>
    public static ConnectHead Parse(ReadOnlySequence<byte> bytes)
    {
        var head = new ConnectHead();
        var reader = new SequenceReader<byte>(bytes);
        if (!Parser.ParseRequestLine(head, ref reader) || !Parser.ParseHeaders(head, ref reader))
        {
            throw new BadHttpRequestException("the head of the CONNECT request is malformed");
        }

        return head;
    }

    public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        IsHttp10 = versionAndMethod.Version == HttpVersion.Http10;

        Target = Encoding.Latin1.GetString(startLine[targetPath.Offset..]);
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (++_headers > MostHeaders)
        {
            throw new BadHttpRequestException("the CONNECT request has too many headers", StatusCodes.Status431RequestHeaderFieldsTooLarge);
        }

        var text = Encoding.Latin1.GetString(name);
        if (text.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase))
        {
            _authorizations.Add(Encoding.Latin1.GetString(value));
        }
        else if (text.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) ||
            (text.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && !value.SequenceEqual("0"u8)))
        {
            HasBody = true;
        }
    }

    public void OnHeadersComplete(bool endStream)
    {
    }

    public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1.1 has no indexed headers");

    public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException("HTTP/1.1 has no indexed headers");
}
