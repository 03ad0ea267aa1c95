using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>A client that the program makes with <c>new HttpClient()</c> and gives an <c>Authorization</c> header: it gets the vault's handler, and the header goes.</summary>
internal static class LocalHttpClientFix
{
    public static VaultFix? Find(KeyPlace place)
    {
        if (DefaultHeaders.Of(place) is not { Statement: { } statement, Client: var client }
            || Locals.CreationOf(place, client, statement) is not { ArgumentList: null or { Arguments.Count: 0 } } made
            || place.TypeOf(made)?.ToDisplayString() != "System.Net.Http.HttpClient")
        {
            return null;
        }

        var path = Paths.Of("service");
        return VaultFix.ByHandler(path, editor =>
        {
            editor.ReplaceNode(made, ((ObjectCreationExpressionSyntax)place.HttpClient(path)).WithInitializer(made.Initializer).WithTriviaFrom(made));
            editor.RemoveNode(statement);
        });
    }
}
