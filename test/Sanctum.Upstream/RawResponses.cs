namespace Sanctum.Upstream;

/// <summary>
/// What no server should send, each for <see cref="RawUpstream.Responding"/> or, where it takes more than one step, for <see cref="RawUpstream.Start"/>.
/// Some are refused by every client and some by few: a test says which it expects.
/// </summary>
public static class RawResponses
{
    /// <summary>In a response: what the request had in its <c>Authorization</c> header.</summary>
    public const string Authorization = "{authorization}";

    /// <summary>A response as it should be, to compare with.</summary>
    public const string WellFormed = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>Another protocol's greeting.</summary>
    public const string NotHttp = "220 mail.example ESMTP ready\r\n";

    /// <summary>A status that is no number.</summary>
    public const string MalformedStatus = "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A status line that is the secret and nothing else: clients like to quote it in their error.</summary>
    public const string EchoAsStatusLine = Authorization + "\r\n\r\n";

    /// <summary>A header line without a colon, which is the secret.</summary>
    public const string EchoAsHeaderLine = "HTTP/1.1 200 OK\r\n" + Authorization + "\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A chunk size that is the secret.</summary>
    public const string EchoAsChunkSize = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Authorization + "\r\nok\r\n0\r\n\r\n";

    /// <summary>A trailer that holds the secret.</summary>
    public const string EchoAsTrailer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-echo: " + Authorization + "\r\n\r\n";

    /// <summary>A line feed without its carriage return inside a header's value: one header to some, two to others.</summary>
    public const string BareLineFeed = "HTTP/1.1 200 OK\r\nx-first: a\nx-second: b\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A carriage return without a line feed inside a header's value.</summary>
    public const string BareCarriageReturn = "HTTP/1.1 200 OK\r\nx-first: a\rx-second: b\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A NUL in a header's value.</summary>
    public const string NulInHeader = "HTTP/1.1 200 OK\r\nx-first: a\0b\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A header's value that goes on in the next line (RFC 9112 §5.2, obsolete).</summary>
    public const string FoldedHeader = "HTTP/1.1 200 OK\r\nx-first: a\r\n b\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>A space between a header's name and its colon.</summary>
    public const string SpaceBeforeColon = "HTTP/1.1 200 OK\r\nx-first : a\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>Two lengths that differ.</summary>
    public const string TwoLengths = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokok";

    /// <summary>A length, and chunks of another.</summary>
    public const string LengthAndChunks = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nokok\r\n0\r\n\r\n";

    /// <summary>A length below zero.</summary>
    public const string NegativeLength = "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok";

    /// <summary>A length that no number has room for.</summary>
    public const string ImmenseLength = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok";

    /// <summary>A length that nobody would reserve memory for, one hopes.</summary>
    public const string HugeLength = "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nok";

    /// <summary>More bytes than the length tells: a second response to a request that has not been sent.</summary>
    public const string TwoResponses = WellFormed + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";

    /// <summary>Fewer bytes than the length tells.</summary>
    public const string ShortBody = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok";

    /// <summary>A chunk size that is no number.</summary>
    public const string MalformedChunkSize = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n";

    /// <summary>A chunk size that no number has room for.</summary>
    public const string ImmenseChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok\r\n0\r\n\r\n";

    /// <summary>Chunks, but no last one.</summary>
    public const string NoLastChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";

    /// <summary>Headers, and no end of them.</summary>
    public const string UnfinishedHeaders = "HTTP/1.1 200 OK\r\nx-first: a\r\n";

    /// <summary>Headers that tell of a body, and the end.</summary>
    public const string ClosedAfterHeaders = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

    /// <summary>A body that ends when the connection does: HTTP/1.0's way, and still right.</summary>
    public const string UntilClosed = "HTTP/1.0 200 OK\r\n\r\nok";

    /// <summary>Another protocol from here on, though nobody asked.</summary>
    public const string SwitchingProtocols = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\nok";

    /// <summary>Closes without a word.</summary>
    public static Task Nothing(RawConnection connection) => connection.ReadRequestAsync();

    /// <summary>Resets the connection when the request has come.</summary>
    public static async Task Reset(RawConnection connection)
    {
        await connection.ReadRequestAsync();
        connection.Reset();
    }

    /// <summary>Answers before anything was asked.</summary>
    public static async Task BeforeRequest(RawConnection connection)
    {
        await connection.SendAsync(WellFormed);
        await connection.ReadRequestAsync();
    }

    /// <summary>Announces a response (<c>103 Early Hints</c>) over and over, until the client leaves.</summary>
    public static async Task HintsWithoutEnd(RawConnection connection)
    {
        await connection.ReadRequestAsync();
        while (true)
        {
            await connection.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
        }
    }

    /// <summary>Sends header after header, until the client leaves.</summary>
    public static async Task HeadersWithoutEnd(RawConnection connection)
    {
        await connection.ReadRequestAsync();
        await connection.SendAsync("HTTP/1.1 200 OK\r\n");
        for (var i = 0; ; i++)
        {
            await connection.SendAsync($"x-header-{i}: {new string('v', 1000)}\r\n");
        }
    }

    /// <summary>Takes the request and holds the connection in silence, until the client leaves.</summary>
    public static async Task Silence(RawConnection connection)
    {
        await connection.ReadRequestAsync();
        await connection.ReadToEndAsync();
    }
}
