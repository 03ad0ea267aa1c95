using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>Keeps results within what any client accepts.</summary>
internal static class ResultSize
{
    // The most that one UTF-16 unit can become in JSON: \uXXXX.
    private const int MaxBytesPerCharacter = 6;
    private const int AroundTexts = 128;

    extension(OperationResult result)
    {
        /// <summary>Refuses a result that is too large. The texts are the result's own; most are short enough to need no measuring.</summary>
        public void RequireFits(int maxBytes, params ReadOnlySpan<string> texts)
        {
            var bound = (long)AroundTexts;
            foreach (var text in texts)
            {
                bound += (long)text.Length * MaxBytesPerCharacter;
            }

            if (bound > maxBytes && Measure(result) > maxBytes)
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
