"use strict";

/**
 * Makes a function answer with a promise: for a value that is there already a resolved one, for a
 * failure a rejected one.
 * @param {(first?: any, second?: any, third?: any) => any} operation
 * @returns {(first?: any, second?: any, third?: any) => Promise<any>}
 */
function promised(operation) {
  return (first, second, third) => {
    try {
      const answer = operation(first, second, third);
      return answer instanceof Promise ? answer : Promise.resolve(answer);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

module.exports = { promised };
