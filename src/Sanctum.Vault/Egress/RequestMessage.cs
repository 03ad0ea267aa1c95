using System.Net.Http;
using System.Reflection;
using Sanctum.Egress.Connections;

namespace Sanctum.Egress;

/// <summary>Makes the message that is sent. All that goes into it was checked before.</summary>
internal static class RequestMessage
{
    private static readonly string UserAgent = $"sanctum/{typeof(RequestMessage).Assembly.GetName().Version?.ToString(3)}";

    public static SentMessage Of(OutgoingRequest request)
    {
        var message = new SentMessage(new HttpMethod(request.Target.Method), request.Url.ToUri())
        {
            HasBody = request.Stream is not null || request.Body.Length > 0,
            Content = request.Stream is { } stream ? new StreamedContent(stream)
                : HasContent(request) ? new ReadOnlyMemoryContent(request.Body)
                : null,
        };
        foreach (var (name, value) in request.Headers)
        {
            Add(message, name, value);
        }

        foreach (var (name, value) in request.Handshake?.Headers ?? [])
        {
            Add(message, name, value);
        }

        AddUnlessThere(message, "Accept-Encoding", Receiving.ContentDecoding.Accepted);
        AddUnlessThere(message, "User-Agent", UserAgent);
        if (request.Headers.Any(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && header.Value.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)))
        {
            // Servers of gRPC require it. It is about the connection, and so not the caller's to send.
            Add(message, "TE", "trailers");
        }

        return message;
    }

    // A request that is not GET or HEAD has content, if only none of it: a length of zero says that there is no more, and for GET and HEAD
    // it would be odd.
    private static bool HasContent(OutgoingRequest request) =>
        request.HasBody || request.Target.Method is not ("GET" or "HEAD") || request.Headers.Any(header => IsOfContent(header.Key));

    private static void AddUnlessThere(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.NonValidated.Contains(name))
        {
            Add(message, name, value);
        }
    }

    // Add would parse values and write some of them differently, which breaks signatures over them. What it is banned for, line breaks
    // in a value, RequestHeaders refuses.
#pragma warning disable RS0030
    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!RequestHeaders.IsValue(value) || !(IsOfContent(name)
            ? message.Content!.Headers.TryAddWithoutValidation(name, value)
            : message.Headers.TryAddWithoutValidation(name, value)))
        {
            throw Errors.InvalidParams("headers", "a header can't be sent");
        }
    }
#pragma warning restore RS0030

    private static bool IsOfContent(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
            ? !name.Equals("Content-Security-Policy", StringComparison.OrdinalIgnoreCase)
            : name.ToLowerInvariant() is "allow" or "expires" or "last-modified";
}
