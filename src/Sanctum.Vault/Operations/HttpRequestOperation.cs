using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Injections;
using Sanctum.Egress.Receiving;

namespace Sanctum.Operations;

/// <summary><c>http_request</c>: sends a request with the secret in it, where the operator lets it go, and gives back the response without it.</summary>
internal sealed class HttpRequestOperation : IOperation
{
    // {"status":200,"headers":{},"body_base64":""} and the like.
    private const int AroundBody = 256;

    public string Name => OperationNames.HttpRequest;

    public IReadOnlyList<string> Aliases => [];

    public bool Discloses => false;

    public RequestTarget? TargetOf(ReadOnlySpan<byte> parameters) => HttpRequestParameters.TargetOf(parameters);

    public byte[]? DigestOf(JsonElement parameters) => HttpRequestParameters.Read(parameters).Digest();

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret) => Injection.RequireSuitable(credential, secret.Span);

    public async ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var egress = context.Egress ?? throw new InvalidOperationException("no way to send requests was given");
        var asked = HttpRequestParameters.Read(parameters);

        // What was decided on is what is sent, should the two ever be read differently.
        var target = egress.Target ?? throw new InvalidOperationException("this request has no decided destination");
        target.AddTo(context.Details);

        var injection = Injection.Choose(context.Credential, asked.HeaderType, asked.HeaderName);
        using var request = new OutgoingRequest(target, asked.Headers, egress.Door.KeptNeedles);
        RequestRules.Require(request, asked.Headers, context.Credential, injection, egress.Limits);
        var timeout = egress.Door.TimeoutOf(asked);
        using var counted = egress.Door.Quota.Enter(egress.Agent);
        egress.Door.Guesses.RequireOpen(egress.Agent, context.Credential.Path);
        request.TakeBody(asked.Body, counted.Bodies);
        injection.Apply(request, context.Secret.Span, context.TimeProvider.GetUtcNow());
        await RequireNoGuessAsync(context, egress, request, asked.Headers, counted.Bodies).ConfigureAwait(false);

        await egress.AnnounceAsync(context.Details).ConfigureAwait(false);
        var received = await egress.Door.SendAsync(
            request,
            new Route(egress.Agent, context.Credential, target.Url.Origin, Binding.IsAllowedOrigin(context.Credential, target.Url.Origin)),
            egress.IsCounted,
            new Allowance(timeout, context.MaxResultBytes - AroundBody, counted.Memory),
            context.Details,
            context.CancellationToken).ConfigureAwait(false);
        var result = new HttpRequestResult(received);
        try
        {
            result.RequireFits(context.MaxResultBytes);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    // Before it is announced, and so before anything of it leaves.
    private static async ValueTask RequireNoGuessAsync(
        OperationContext context, EgressCall egress, OutgoingRequest request, IReadOnlyList<KeyValuePair<string, string>> sent, MemoryBudget memory)
    {
        // A large body takes a processor for long, and a small one can be decoded to a large one.
        var holds = request.Body.Length > HeavyWork.LargeInput || GuessSearch.CodingsOf(sent).Length > 0
            ? await egress.Heavy.RunAsync(egress.Agent, SearchAsync, context.CancellationToken).ConfigureAwait(false)
            : await SearchAsync().ConfigureAwait(false);
        if (holds && !egress.MayRetrieve())
        {
            // The path may be where it stands.
            context.Details["path"] = "(contains the secret)";
            context.Details["guesses"] = egress.Door.Guesses.Add(egress.Agent, context.Credential.Path).ToString(CultureInfo.InvariantCulture);
            throw Errors.SecretInRequest(context.Credential.Path);
        }

        // Others that were searched at the same time may have used up the agent's guesses: then this response would tell what theirs no longer do.
        egress.Door.Guesses.RequireOpen(egress.Agent, context.Credential.Path);

        ValueTask<bool> SearchAsync() => GuessSearch.HoldsAsync(request, sent, memory, context.CancellationToken);
    }
}

/// <summary>A service's response, with the secret taken out.</summary>
public sealed record HttpRequestResult : OperationResult, IDisposable
{
    private const int MaxBytesPerByte = 6;

    private readonly ResponseBuffer _body;

    internal HttpRequestResult(ReceivedResponse received)
    {
        (Status, Headers, Trailers, _body) = (received.Status, received.Headers, received.Trailers, received.Body);
        IsText = Utf8.IsValid(Body.Span);
    }

    /// <summary>The status code, such as 200.</summary>
    public int Status { get; }

    /// <summary>Headers by lower-case name; what was there several times is joined by commas. Not those about the connection, the
    /// body's coding (it is decoded) or cookies.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>What came after the body; mostly nothing.</summary>
    public IReadOnlyDictionary<string, string> Trailers { get; }

    /// <summary>The body, decoded; wiped when this is disposed.</summary>
    public ReadOnlyMemory<byte> Body => _body.Written;

    /// <summary>Whether the body is UTF-8, and so is written as text.</summary>
    public bool IsText { get; }

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteNumber("status"u8, Status);
        Write(writer, "headers", Headers);
        if (Trailers.Count > 0)
        {
            Write(writer, "trailers", Trailers);
        }

        if (IsText)
        {
            writer.WriteString("body"u8, Body.Span);
        }
        else
        {
            writer.WriteBase64String("body_base64"u8, Body.Span);
        }

        writer.WriteEndObject();
    }

    /// <summary>Wipes the body.</summary>
    public void Dispose() => _body.Dispose();

    /// <summary>Says how it went, never the content.</summary>
    public override string ToString() => $"{nameof(HttpRequestResult)} {Status}, {_body.Length} bytes";

    internal void RequireFits(int maxBytes)
    {
        var headers = Headers.Concat(Trailers).Sum(header => (long)header.Key.Length + header.Value.Length);
        if ((headers + Body.Length) * MaxBytesPerByte + AroundMembers > maxBytes && ResultSize.Measure(this) > maxBytes)
        {
            throw Errors.ResponseTooLarge(maxBytes);
        }
    }

    private long AroundMembers => 256 + (8 * (Headers.Count + Trailers.Count));

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> headers)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in headers)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }
}
