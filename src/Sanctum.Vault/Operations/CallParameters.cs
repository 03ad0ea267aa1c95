using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>
/// A call's parameters, as the bytes that they came in. Nothing is made of them before it has been decided that the call may be made;
/// what is kept of them for longer than it takes to decide is a copy, which is zeroed.
/// </summary>
internal sealed class CallParameters : IDisposable
{
    private const int Lent = 0;
    private const int Kept = 1;
    private const int Gone = 2;

    // The duplicates are refused here, at every depth: which of two members counts must not depend on who reads them.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };
    private static readonly byte[] None = [.. "{}"u8];

    private ReadOnlyMemory<byte> _json;
    private byte[]? _copy;
    private JsonDocument? _document;
    private byte[]? _digest;
    private int _state;

    private CallParameters(ReadOnlyMemory<byte> json, int state) => (_json, _state) = (json, state);

    /// <summary>Parameters that are the caller's: <see cref="GiveBack"/> has to be called before their memory is used again.</summary>
    /// <param name="json">One JSON value in UTF-8; empty for no parameters.</param>
    public static CallParameters Lend(ReadOnlyMemory<byte> json) => json.IsEmpty ? new(None, Kept) : new(json, Lent);

    /// <summary>The same, from what has been read already.</summary>
    public static CallParameters Of(JsonElement? parameters) =>
        parameters is { ValueKind: not JsonValueKind.Undefined } element ? new(JsonMarshal.GetRawUtf8Value(element).ToArray(), Kept) : new(None, Kept);

    /// <summary>The bytes. Only until the caller has them back.</summary>
    public ReadOnlySpan<byte> Utf8 => _json.Span;

    /// <summary>The parameters as JSON. What is lent is copied first.</summary>
    /// <exception cref="VaultException">They are not well-formed, or a member is there twice; invalid params.</exception>
    public JsonElement Read()
    {
        Keep();
        try
        {
            _document ??= JsonDocument.Parse(_json, Strict);
            return _document.RootElement;
        }
        catch (JsonException)
        {
            // Without the cause: its message can quote what was sent.
            throw Errors.InvalidParams("params", "'params' is not valid JSON, or repeats a parameter or member");
        }
    }

    /// <summary>A hash of what <paramref name="digestOf"/> makes of the parameters, or of their bytes where it makes nothing of them.</summary>
    public byte[] Digest(Func<JsonElement, byte[]?> digestOf)
    {
        if (_digest is null)
        {
            Keep();
            _digest = Own(digestOf) ?? SHA256.HashData(Utf8);
        }

        return _digest;
    }

    /// <summary>Says that the caller's memory is about to be used again. What was not kept by now is not needed.</summary>
    public void GiveBack()
    {
        if (Interlocked.CompareExchange(ref _state, Gone, Lent) == Lent)
        {
            _json = default;
        }
    }

    /// <summary>Zeroes the copy.</summary>
    public void Dispose()
    {
        _document?.Dispose();
        CryptographicOperations.ZeroMemory(_copy);
    }

    // What is malformed is said when the call is run; it can be told from others all the same.
    private byte[]? Own(Func<JsonElement, byte[]?> digestOf)
    {
        try
        {
            return digestOf(Read());
        }
        catch (VaultException)
        {
            return null;
        }
    }

    // Copied before it is claimed: should the caller's memory be given back meanwhile, the copy is thrown away and not used.
    private void Keep()
    {
        if (Volatile.Read(ref _state) == Kept)
        {
            return;
        }

        var copy = _json.ToArray();
        if (Interlocked.CompareExchange(ref _state, Kept, Lent) != Lent)
        {
            throw new InvalidOperationException("the call's parameters were released before they were read");
        }

        (_copy, _json) = (copy, copy);
    }
}
