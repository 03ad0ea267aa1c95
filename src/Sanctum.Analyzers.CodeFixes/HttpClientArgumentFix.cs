using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>Calls with the parameters <c>apiKey</c> and, optional, <c>httpClient</c>, as Semantic Kernel's.</summary>
internal static class HttpClientArgumentFix
{
    public static VaultFix? Find(KeyPlace place)
    {
        if (place.Argument is not { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } list } key
            || place.SymbolOf(call) is not IMethodSymbol method
            || method.Parameters.FirstOrDefault(it => it.IsOptional && it.Type.ToDisplayString() is "System.Net.Http.HttpClient" or "System.Net.Http.HttpClient?") is not { } http
            || ParameterOf(method, key, list)?.Name != "apiKey"
            || list.Arguments.Any(it => ParameterOf(method, it, list)?.Name == http.Name))
        {
            return null;
        }

        var path = Paths.Of(method.ContainingType);
        var arguments = list.Arguments.Replace(key, key.WithExpression(place.Placeholder())).Add(Syntax.Argument(place.HttpClient(path), http.Name));
        return VaultFix.ByHandler(path, editor => editor.ReplaceNode(list, list.WithArguments(arguments)));
    }

    private static IParameterSymbol? ParameterOf(IMethodSymbol method, ArgumentSyntax argument, ArgumentListSyntax list) => argument.NameColon is { } named
        ? method.Parameters.FirstOrDefault(it => it.Name == named.Name.Identifier.ValueText)
        : method.Parameters.ElementAtOrDefault(list.Arguments.IndexOf(argument));
}
