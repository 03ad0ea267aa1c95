using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>Keeps results within what any client accepts.</summary>
internal static class ResultSize
{
    // The most that one UTF-16 unit, or one byte of UTF-8, can become in JSON: \uXXXX.
    private const int MaxBytesPerUnit = 6;
    private const int AroundTexts = 128;

    extension(OperationResult result)
    {
        /// <summary>Refuses a result that is too large. Most are short enough to need no measuring.</summary>
        /// <param name="maxBytes">The largest.</param>
        /// <param name="lengths">How many UTF-16 units or bytes of UTF-8 its texts have in all.</param>
        public void RequireFits(int maxBytes, long lengths)
        {
            if (AroundTexts + (lengths * MaxBytesPerUnit) > maxBytes && Measure(result) > maxBytes)
            {
                throw Errors.ResultTooLarge(maxBytes);
            }
        }
    }

    // As whoever hosts the vault is told to write results (VaultOptions.MaxResultBytes), and as the daemon writes its frames.
    private static readonly JsonWriterOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How many bytes it has as JSON.</summary>
    public static long Measure(OperationResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, AsWritten);
        result.WriteTo(writer);
        writer.Flush();
        var size = writer.BytesCommitted;
        buffer.Clear();
        return size;
    }
}
