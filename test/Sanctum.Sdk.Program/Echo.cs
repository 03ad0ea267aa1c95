using System.Runtime.CompilerServices;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;

namespace Sanctum.Sdk.Program;

/// <summary>A gRPC service with text for messages, as a <c>.proto</c> file would describe it: <c>message Text { string text = 1; }</c>.</summary>
public static class Echo
{
    private static readonly Marshaller<string> Text = new(Write, Read);

    /// <summary>One message, and one back.</summary>
    public static readonly Method<string, string> Say = new(MethodType.Unary, "test.Echo", "Say", Text, Text);

    /// <summary>Messages both ways for as long as both like.</summary>
    public static readonly Method<string, string> Talk = new(MethodType.DuplexStreaming, "test.Echo", "Talk", Text, Text);

    /// <summary>A channel that sends a key with each call.</summary>
    /// <param name="http">What it sends with; null for what looks at the environment for a proxy: the package's own choice does not work with one.</param>
    public static GrpcChannel Open(string endpoint, HttpMessageHandler? http = null) =>
        GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { HttpHandler = http ?? new HttpClientHandler(), DisposeHttpClient = true });

    /// <summary>Calls <see cref="Say"/>.</summary>
    /// <returns>What came back, and the trailer that goes with it.</returns>
    public static async Task<(string Text, string? Trailer)> SayAsync(ChannelBase channel, string key, string text)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(Say, null, WithKey(key), text);
        return (await call.ResponseAsync, call.GetTrailers().GetValue("x-said"));
    }

    /// <summary>Calls <see cref="Talk"/>: each message goes out when the one before has come back.</summary>
    public static async IAsyncEnumerable<string> TalkAsync(ChannelBase channel, string key, IEnumerable<string> texts, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Talk, null, WithKey(key).WithCancellationToken(cancellationToken));
        foreach (var text in texts)
        {
            await call.RequestStream.WriteAsync(text, cancellationToken);
            yield return await call.ResponseStream.MoveNext(cancellationToken) ? call.ResponseStream.Current : throw new InvalidOperationException("the stream ended early");
        }

        await call.RequestStream.CompleteAsync();
        if (await call.ResponseStream.MoveNext(cancellationToken))
        {
            throw new InvalidOperationException("the stream did not end");
        }

        yield return call.GetTrailers().GetValue("x-said") ?? "";
    }

    private static CallOptions WithKey(string key) => new(new Metadata { { "authorization", $"Bearer {key}" } });

    private static byte[] Write(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [0x0A, .. Length((uint)utf8.Length), .. utf8];
    }

    private static IEnumerable<byte> Length(uint length)
    {
        for (; length > 0x7F; length >>= 7)
        {
            yield return (byte)(length | 0x80);
        }

        yield return (byte)length;
    }

    // A length that no longer fits its text is what this is for: it throws.
    private static string Read(byte[] message)
    {
        var (at, length) = (1, 0);
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
            {
                break;
            }
        }

        return message[0] == 0x0A && message.Length == at + length
            ? Encoding.UTF8.GetString(message.AsSpan(at))
            : throw new InvalidDataException("the message does not have the length that it says");
    }
}
